/** A count as a range: an object that is read a lot is not written for every message. */
export const queueRange = (count: number): string => {
  if (count === 0) return "0";
  if (count >= 1000) return "1000+";
  const low = 10 ** (String(Math.trunc(count)).length - 1);
  return `${low}-${low * 10 - 1}`;
};

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/** "3m ago", in the largest whole unit; a time that cannot be read is given as it is. */
export const ago = (time: string, now: Date): string => {
  const age = span(time, now);
  return age === undefined ? time : `${age} ago`;
};

/** "3m", in the largest whole unit, or undefined when the time cannot be read. */
export const span = (time: string | undefined, now: Date): string | undefined => {
  const ms = time === undefined ? Number.NaN : now.getTime() - Date.parse(time);
  if (!Number.isFinite(ms)) return undefined;
  const [name, size] = units.find(([, each]) => ms >= each) ?? ["s", 1000];
  return `${Math.max(Math.floor(ms / size), 0)}${name}`;
};

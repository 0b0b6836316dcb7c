/**
 * Orders two resource versions of one cluster: negative when `a` is older. They are decimal numbers
 * beyond what a double holds, comparable by contract since Kubernetes 1.35 and in fact before.
 */
export const compareVersions = (a: string | undefined, b: string | undefined): number => {
  const left = BigInt(a ?? "0");
  const right = BigInt(b ?? "0");
  return left === right ? 0 : left < right ? -1 : 1;
};

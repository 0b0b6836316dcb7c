export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The items of a list by their names, or undefined where not every item has one of its own. */
export const keysOf = (list: readonly unknown[]): Record<string, unknown> | undefined => {
  const named = list.map((item) => [isRecord(item) ? item["name"] : undefined, item] as const);
  const names = new Set(named.map(([name]) => name));
  const isKeyed = names.size === list.length && [...names].every((n) => typeof n === "string");
  return isKeyed ? (Object.fromEntries(named) as Record<string, unknown>) : undefined;
};

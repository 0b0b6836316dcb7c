/**
 * A deep copy of plain JSON. Some times as fast as structuredClone, which has to be ready for cycles,
 * dates and buffers; every object read or told of is copied, so it counts.
 */
export const cloneJson = <T>(value: T): T => cloneValue(value) as T;

const cloneValue = (value: unknown): unknown => {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(cloneValue);
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) copy[key] = cloneValue(Reflect.get(value, key));
  return copy;
};

import { hash } from "node:crypto";

/** JSON with sorted keys, so that two spellings of one value hash the same. */
export function canonicalJson(value: unknown): string {
  if (value === undefined) return "null";
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  const entries = Object.entries(value)
    .filter(([, entry]) => entry !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry)}`);
  return `{${entries.join(",")}}`;
}

/** Identifies a value: the idempotency check compares bodies by it, the attempt its payload. */
export function hashOf(value: unknown): string {
  return hash("sha256", canonicalJson(value), "hex");
}

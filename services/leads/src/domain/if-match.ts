/**
 * The version a write was based on. Undefined when the caller does not care (no header, or `*`);
 * null when the header is not one of our entity tags.
 */
export function versionFromIfMatch(
  header: string | string[] | undefined,
): number | undefined | null {
  if (header === undefined || header === "*") return undefined;
  if (typeof header !== "string") return null;
  const digits = /^(?:"([1-9]\d{0,8})"|([1-9]\d{0,8}))$/.exec(header.trim());
  return digits ? Number(digits[1] ?? digits[2]) : null;
}

export function entityTag(version: number): string {
  return `"${version}"`;
}

/**
 * True when the server itself said no. Without a SQLSTATE, or with one of the classes 08 and 57P (the
 * connection or the server went away in the middle), what was sent may have been committed.
 */
export function isRefusal(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && !/^(08|57P)/.test(code);
}

/** A session's id is a UUIDv7, so it says by itself when the person signed in (RFC 9562, 5.7). */
export function sessionStartS(sessionId: string): number {
  const milliseconds = Number.parseInt(sessionId.replaceAll("-", "").slice(0, 12), 16);
  return Math.floor(milliseconds / 1000);
}

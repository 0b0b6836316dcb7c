/**
 * libsignal prints whole session records, private keys included, with `console.info`, `warn` and
 * `error`. This process logs with its own logger only, so nothing of ours is lost. Returns a
 * function that puts the console back.
 */
export function muteConsole(target: Console = globalThis.console): () => void {
  const names = ["log", "info", "warn", "error", "debug", "trace", "dir"] as const;
  const kept = Object.fromEntries(names.map((name) => [name, target[name]]));
  const nothing = (): void => undefined;
  Object.assign(target, Object.fromEntries(names.map((name) => [name, nothing])));
  return () => void Object.assign(target, kept);
}

/* eslint-disable no-console -- libsignal prints whole session records, private keys included */
/** Must run before any Signal work: the sandbox itself logs through pino only. */
export function silenceLibsignal(): void {
  const nothing = (): void => undefined;
  console.info = nothing;
  console.warn = nothing;
  console.error = nothing;
}

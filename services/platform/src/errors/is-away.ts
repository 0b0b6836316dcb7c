/** Node's and libuv's names for a neighbour that cannot be reached. */
const systemCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);

/** Postgres: connection failures, shutdowns and start-ups, no connection left. */
const sqlStates = /^(08...|57P0[1-4]|53300)$/;

/** node-postgres gives these no code. */
const clientMessages =
  /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|the outcome of COMMIT is unknown)/;

const causesMax = 5;

/** Whether an error means that a database or a neighbour is away, and the request itself was fine. */
export function isAway(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < causesMax && current instanceof Error; depth += 1) {
    const code = "code" in current ? current.code : undefined;
    if (typeof code === "string" && (systemCodes.has(code) || sqlStates.test(code))) return true;
    if (clientMessages.test(current.message)) return true;
    current = current.cause;
  }
  return false;
}

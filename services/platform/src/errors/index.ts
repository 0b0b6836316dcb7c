export { AppError, type AppErrorOptions } from "./app-error.ts";
export { asAppError, isErrorCode, toEnvelope, toProblem } from "./envelopes.ts";
export { refuseConnection } from "./refuse-connection.ts";

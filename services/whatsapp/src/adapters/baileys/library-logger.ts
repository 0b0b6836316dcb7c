import type { SocketConfig } from "@whiskeysockets/baileys";
import type { Logger } from "pino";

type LibraryLogger = SocketConfig["logger"];

/**
 * The library logs stanzas, addresses and keys as objects. Only its own fixed text and the class
 * of an error come through, and nothing below warnings unless the service runs at `debug`.
 */
export function createLibraryLogger(logger: Logger): LibraryLogger {
  const write =
    (level: "debug" | "warn" | "error") =>
    (details: unknown, message?: string): void => {
      logger[level]({ library: "baileys", error: errorName(details) }, text(details, message));
    };
  const ignore = (): void => undefined;
  const library: LibraryLogger = {
    level: "warn",
    child: () => library,
    trace: ignore,
    debug: ignore,
    info: write("debug"),
    warn: write("warn"),
    error: write("error"),
  };
  return library;
}

/** Numbers in the text can be phone numbers or ids: a log line does not need them. */
function text(details: unknown, message: string | undefined): string {
  const line = message ?? (typeof details === "string" ? details : "library message");
  return line.slice(0, 200).replace(/\d{5,}(?:[:@][\w.]+)*/g, "*");
}

function errorName(details: unknown): string | undefined {
  if (typeof details !== "object" || details === null) return undefined;
  const found = "err" in details ? details.err : "error" in details ? details.error : undefined;
  return found instanceof Error ? found.name : undefined;
}

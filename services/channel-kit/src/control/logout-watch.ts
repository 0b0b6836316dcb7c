import type { Logger } from "pino";
import type { LogoutResult } from "../driver.ts";
import type { LogoutWish } from "../store/channel-store.ts";

export type LogoutWatchDeps = {
  read(): Promise<LogoutWish | null>;
  /** Ends the session; "not_connected" when the provider could not be told and `force` is false. */
  leave(force: boolean): Promise<LogoutResult>;
  /** Stores that it is done, under the lease. */
  finish(result: Exclude<LogoutResult, "not_connected">): Promise<void>;
  /** How long the provider is waited for before the session is erased without telling it. */
  patienceMs: number;
  logger: Logger;
};

export type LogoutWatch = {
  /** Looks whether a logout is wanted, and carries it out. Cheap; safe to call at any rate. */
  check(): void;
  idle(): Promise<void>;
  close(): void;
};

/**
 * The wish to log out lives in Postgres, so it survives crashes, a hibernated account and a provider
 * that is away: whoever holds the lease finds it at start, on a poll or when a claim is refused.
 */
export function createLogoutWatch(deps: LogoutWatchDeps): LogoutWatch {
  let running: Promise<void> | undefined;
  let again = false;
  let closed = false;

  const once = async (): Promise<void> => {
    const wish = await deps.read();
    if (wish === null) return;
    const force = wish.ageMs >= deps.patienceMs;
    const result = await deps.leave(force);
    if (result === "not_connected") return;
    await deps.finish(result);
    deps.logger.info({ result, reason: wish.reason }, "logged out as asked");
  };
  const run = async (): Promise<void> => {
    while (again && !closed) {
      again = false;
      try {
        await once();
      } catch (err) {
        // The wish stays: the next look tries again.
        deps.logger.warn({ err }, "the logout is not done yet");
      }
    }
    running = undefined;
  };
  return {
    check() {
      if (closed) return;
      again = true;
      running ??= Promise.resolve().then(run);
    },
    idle: () => running ?? Promise.resolve(),
    close() {
      closed = true;
    },
  };
}

import { ControlCommand } from "@rarity/contracts/queue";
import type { Logger } from "pino";
import type { ChannelDriver } from "../driver.ts";
import { createTypingSigns } from "./typing-signs.ts";

export type ControlDeps = {
  driver: Pick<ChannelDriver, "markRead" | "typing">;
  /** Somebody wants the device unlinked; the wish itself is in Postgres. */
  onLogout(): void;
  /** The stored account has changed: look again at what may be claimed. */
  onChanged(): void;
  onHandled(type: ControlCommand["type"], outcome: ControlOutcome): void;
  logger: Logger;
};

type ControlOutcome = "done" | "dropped" | "failed" | "refused";

export type ControlDesk = {
  /** One published payload, from anybody who reaches Redis: checked here, never trusted. */
  accept(payload: unknown): void;
  /** Commands that need the provider are carried out only while connected. */
  setConnected(connected: boolean): void;
  /** Resolves when nothing accepted is left to do. */
  idle(): Promise<void>;
  close(): void;
};

const waitingMax = 100;

/**
 * Carries out what arrives on the account's control channel, one after the other. A command lost,
 * late or refused costs a blue tick or a typing sign, so nothing here retries.
 */
export function createControlDesk(deps: ControlDeps): ControlDesk {
  const signs = createTypingSigns(deps.driver);
  let connected = false;
  let closed = false;
  let waiting = 0;
  let tail = Promise.resolve();

  const enqueue = (command: ControlCommand): void => {
    if (!connected || waiting >= waitingMax) {
      deps.onHandled(command.type, "dropped");
      return;
    }
    waiting += 1;
    tail = tail.then(async () => {
      // Connected when it came in is not connected now: an old typing sign helps nobody.
      const outcome = connected ? await carryOut(command) : "dropped";
      waiting -= 1;
      deps.onHandled(command.type, outcome);
    });
  };
  const carryOut = async (command: ControlCommand): Promise<ControlOutcome> => {
    try {
      if (command.type === "mark_read") {
        await deps.driver.markRead?.(command.chat, command.providerMessageIds);
      } else if (command.type === "typing") {
        await signs.show(command.chat, command.state);
      }
      return "done";
    } catch (error) {
      const cause = error instanceof Error ? error.name : "unknown";
      deps.logger.warn({ command: command.type, cause }, "a control command was not carried out");
      return "failed";
    }
  };
  return {
    accept(payload) {
      if (closed) return;
      const parsed = ControlCommand.safeParse(payload);
      if (!parsed.success) {
        // Paths only: the values name people.
        const fields = parsed.error.issues.map(({ path }) => path.join("."));
        deps.logger.warn({ fields }, "a control command was not understood");
        return;
      }
      const command = parsed.data;
      if (command.type === "logout") deps.onLogout();
      else if (command.type === "account_changed" || command.type === "pairing_requested") {
        deps.onChanged();
      } else enqueue(command);
    },
    setConnected(now) {
      connected = now && !closed;
      if (!connected) signs.forget();
    },
    idle: () => tail,
    close() {
      closed = true;
      connected = false;
      signs.forget();
    },
  };
}

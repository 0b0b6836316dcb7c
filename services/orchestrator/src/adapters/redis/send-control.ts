import { controlChannel, type ControlCommand } from "@rarity/contracts/queue";
import type { Logger } from "@rarity/platform/logger";
import { publish, type Redis } from "@rarity/platform/redis";

export type SendControl = (accountId: string, command: ControlCommand) => void;

/** Tells the process that holds an account. Losing it costs a blue tick or a typing sign, so nobody waits. */
export function sendControl(redis: Redis, logger: Logger): SendControl {
  return (accountId, command) => {
    publish(redis, controlChannel(accountId), command).catch((err: unknown) => {
      logger.warn({ err, accountId, command: command.type }, "a control command was not published");
    });
  };
}

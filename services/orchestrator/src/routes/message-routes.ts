import {
  cancelMessageRoute,
  getMessageRoute,
  resolveMessageRoute,
  sendMessageRoute,
  type AcceptedMessage,
  type DryRunResult,
  type MessageDetail,
} from "@rarity/contracts/messages";
import { AppError } from "@rarity/platform/errors";
import { handle, type Registration } from "@rarity/platform/http";
import type { MessageCommands } from "../usecases/message-commands.ts";
import type { Accepted, SendDeps } from "../usecases/ports.ts";
import { planMessage, sendMessage, type SendInput } from "../usecases/send-message.ts";
import { callerOf } from "./caller-of.ts";

export interface MessageRouteDeps {
  readonly send: SendDeps;
  readonly commands: MessageCommands;
  readonly readMessage: (orgId: string, id: string) => Promise<MessageDetail | undefined>;
}

export function messageRoutes(deps: MessageRouteDeps): Registration[] {
  return [
    handle(sendMessageRoute, async ({ auth, body, query, idempotencyKey, reply }) => {
      const input = { caller: callerOf(auth), body, route: "send", idempotencyKey };
      if (query.dryRun) return dryRun(deps.send, input);
      const accepted = await sendMessage(deps.send, input);
      if (accepted.ok && accepted.replayed) void reply.header("idempotency-replayed", "true");
      return acceptedOrThrow(accepted);
    }),
    handle(getMessageRoute, async ({ auth, params }) => {
      const found = await deps.readMessage(callerOf(auth).orgId, params.id);
      if (found === undefined) throw new AppError("NOT_FOUND", "There is no such message");
      return found;
    }),
    handle(cancelMessageRoute, ({ auth, params }) =>
      deps.commands.cancel(callerOf(auth), params.id),
    ),
    handle(resolveMessageRoute, ({ auth, params, body }) =>
      deps.commands.resolve(callerOf(auth), params.id, body),
    ),
  ];
}

export function acceptedOrThrow(accepted: Accepted): AcceptedMessage {
  if (accepted.ok) return accepted.message;
  throw new AppError(accepted.code, accepted.message, { details: accepted.details });
}

/** Says what would happen, as an answer and not as an error: asking is never wrong. */
async function dryRun(deps: SendDeps, input: SendInput): Promise<DryRunResult> {
  const planned = await planMessage(deps, input);
  if (!planned.ok) {
    return {
      dryRun: true,
      wouldSend: false,
      accountId: null,
      channel: null,
      reason: planned.message,
      earliestAt: null,
    };
  }
  const [leg] = planned.message.legs;
  const sendAt = planned.message.sendAt;
  return {
    dryRun: true,
    wouldSend: true,
    accountId: leg.accountId,
    channel: leg.channel,
    reason: null,
    earliestAt: sendAt === undefined ? null : new Date(sendAt).toISOString(),
  };
}

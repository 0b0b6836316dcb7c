import {
  getConversationRoute,
  listConversationsRoute,
  markReadRoute,
  replyRoute,
  typingRoute,
  type Conversation,
  type ConversationDetail,
} from "@rarity/contracts/conversations";
import { AppError } from "@rarity/platform/errors";
import { handle, type Registration } from "@rarity/platform/http";
import type { z } from "zod";
import type { PageRequest, PageResult } from "../domain/cursor.ts";
import { markRead, showTyping, type AttendDeps } from "../usecases/attend-conversation.ts";
import type { SendDeps } from "../usecases/ports.ts";
import { replyTo } from "../usecases/reply.ts";
import { callerOf } from "./caller-of.ts";
import { acceptedOrThrow } from "./message-routes.ts";
import { onePlace } from "./one-place.ts";

type ListQuery = z.output<typeof listConversationsRoute.query>;

export interface ConversationRouteDeps {
  readonly send: SendDeps;
  readonly attend: AttendDeps;
  readonly list: (orgId: string, query: ListQuery) => Promise<PageResult<Conversation>>;
  readonly read: (
    orgId: string,
    input: PageRequest & { id: string },
  ) => Promise<ConversationDetail | undefined>;
}

export function conversationRoutes(deps: ConversationRouteDeps): Registration[] {
  return [
    handle(listConversationsRoute, ({ auth, query }) =>
      deps.list(callerOf(auth).orgId, onePlace(query)),
    ),
    handle(getConversationRoute, async ({ auth, params, query }) =>
      found(await deps.read(callerOf(auth).orgId, { ...onePlace(query), id: params.id })),
    ),
    handle(replyRoute, async ({ auth, params, body, idempotencyKey, reply }) => {
      const input = { caller: callerOf(auth), conversationId: params.id, body, idempotencyKey };
      const { findConversation } = deps.attend;
      const accepted = await replyTo({ send: deps.send, findConversation }, input);
      if (accepted.ok && accepted.replayed) void reply.header("idempotency-replayed", "true");
      return acceptedOrThrow(accepted);
    }),
    handle(markReadRoute, async ({ auth, params, body }) => {
      const input = { conversationId: params.id, upToSeq: body.upToSeq };
      return found(await markRead(deps.attend, callerOf(auth), input));
    }),
    handle(typingRoute, async ({ auth, params, body }) => {
      const input = { conversationId: params.id, state: body.state };
      found((await showTyping(deps.attend, callerOf(auth), input)) || undefined);
      return undefined;
    }),
  ];
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new AppError("NOT_FOUND", "There is no such conversation");
  return value;
}

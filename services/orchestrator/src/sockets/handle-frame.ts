import type { ClientFrame } from "@rarity/contracts/events";
import type { AuthContext } from "@rarity/platform/auth";
import { AppError } from "@rarity/platform/errors";
import { callerOf } from "../routes/caller-of.ts";
import { markRead, showTyping, type AttendDeps } from "../usecases/attend-conversation.ts";
import type { SendDeps } from "../usecases/ports.ts";
import { sendMessage } from "../usecases/send-message.ts";

export interface FrameDeps {
  readonly send: SendDeps;
  readonly attend: AttendDeps;
}

type Frame<T extends ClientFrame["type"]> = Extract<ClientFrame, { type: T }>;
export type CommandFrame = Frame<"send_message" | "mark_read" | "typing">;

/** Does what a client asked and answers the data of its `ack`; a refusal is thrown with its code. */
export async function handleCommand(
  deps: FrameDeps,
  auth: AuthContext,
  frame: CommandFrame,
): Promise<object> {
  const caller = callerOf(auth);
  if (frame.type === "send_message") {
    requireScope(auth, "messages:write");
    return sendByFrame(deps.send, caller, frame);
  }
  requireScope(auth, "conversations:write");
  const { conversationId } = frame.data;
  const found =
    frame.type === "mark_read"
      ? await markRead(deps.attend, caller, { conversationId, upToSeq: frame.data.upToSeq })
      : await showTyping(deps.attend, caller, { conversationId, state: frame.data.state });
  if (!found) throw new AppError("NOT_FOUND", "There is no such conversation");
  return {};
}

/** The client's own id is the idempotency key, shared with the REST route: either may repeat the other. */
async function sendByFrame(
  deps: SendDeps,
  caller: ReturnType<typeof callerOf>,
  { data }: Frame<"send_message">,
): Promise<object> {
  const { clientId, ...body } = data;
  const accepted = await sendMessage(deps, {
    caller,
    body,
    route: "send",
    idempotencyKey: clientId,
  });
  if (accepted.ok) return { clientId, message: accepted.message };
  throw new AppError(accepted.code, accepted.message, { details: accepted.details });
}

export function requireScope(auth: AuthContext, scope: string): void {
  if (auth.scopes.includes(scope)) return;
  throw new AppError("FORBIDDEN", undefined, { details: { missing: [scope] } });
}

import type { ResolveBody } from "@rarity/contracts/messages";
import type { StoredMessageStatus } from "@rarity/contracts/status";
import type { Caller } from "./ports.ts";

export interface MessageState {
  readonly id: string;
  readonly status: StoredMessageStatus;
}

/** What a person may decide about a message after it was accepted. Refusals are thrown with their code. */
export interface MessageCommands {
  cancel(caller: Caller, messageId: string): Promise<MessageState>;
  resolve(caller: Caller, messageId: string, decision: ResolveBody): Promise<MessageState>;
  retryDeadLetter(caller: Caller, deadLetterId: string): Promise<MessageState>;
  discardDeadLetter(caller: Caller, deadLetterId: string): Promise<MessageState>;
}

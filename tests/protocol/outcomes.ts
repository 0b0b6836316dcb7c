import type { AttemptAnswer, Json, ProtocolWorld, Sender } from "../support/protocol-world.ts";

/** What a driver says of an attempt, as `settle_attempts` takes it. */
export const acked = (attempt: AttemptAnswer, providerMessageId = attempt.providerToken): Json => ({
  messageId: attempt.messageId,
  attemptNo: attempt.attemptNo,
  outcome: "acked",
  providerMessageId,
  evidence: { ack: true },
  at: new Date().toISOString(),
});

export const refused = (attempt: AttemptAnswer, errorClass: string, code = "CODE"): Json => ({
  messageId: attempt.messageId,
  attemptNo: attempt.attemptNo,
  outcome: "refused",
  error: { class: errorClass, code, message: "no" },
  evidence: {},
  at: new Date().toISOString(),
});

export const absent = (attempt: AttemptAnswer, blame = "process"): Json => ({
  ...acked(attempt),
  outcome: "absent",
  blame,
});

/** A message that waits is due at once. */
export const makeDue = (world: ProtocolWorld, id: string): Promise<unknown> =>
  world.admin("update messaging.send_queue set due_at = now() where message_id = $1", [id]);

/** Accepts a message and claims it. */
export const sendOne = async (
  sender: Sender,
  change: Json = {},
): Promise<{ id: string; attempt: AttemptAnswer }> => {
  const [result] = await sender.accept([change]);
  const { attempts } = await sender.claim();
  const attempt = attempts.find((a) => a.messageId === result.id);
  if (attempt === undefined) throw new Error("the message was not claimed");
  return { id: result.id, attempt };
};

import { createHash } from "node:crypto";
import type { Evidence, LedgerRow, MessageRow, SentFacts, Violation } from "./evidence.ts";

/** What the people on the other side saw: the only thing that counts in the end. */
export type RecipientView = {
  lost: Violation[];
  doubled: Violation[];
  undecryptable: Violation[];
  missingCopies: Violation[];
  outOfOrder: Violation[];
  uncertain: number;
};

const ended = new Set(["server_acked", "delivered", "read"]);

export function judgeRecipientView(evidence: Evidence): RecipientView {
  const byId = new Map(evidence.messages.map((message) => [message.id, message]));
  const shown = countShown(evidence.ledger);
  const view: RecipientView = {
    lost: [],
    doubled: [],
    undecryptable: judgeUndecryptable(evidence),
    missingCopies: [],
    outOfOrder: judgeOrder(evidence),
    uncertain: 0,
  };
  const ledger = new Map(evidence.ledger.map((row) => [rowKey(row), row]));
  for (const sent of evidence.sent) {
    const message = byId.get(sent.id);
    const times = shown.get(`${sent.lead} ${hashOf(sent.text)}`) ?? 0;
    if (times > 1) {
      view.doubled.push({ invariant: "I2", what: `${sent.id} was shown ${times} times` });
    }
    if (message?.status === "uncertain") view.uncertain += 1;
    else view.lost.push(...judgeFate(sent, message, times));
    if (message !== undefined && times > 0) {
      view.missingCopies.push(...missingCopies(evidence, ledger, sent, message));
    }
  }
  return view;
}

/** I1: everything accepted comes to an end, and every end but a cancellation was seen by somebody. */
function judgeFate(sent: SentFacts, message: MessageRow | undefined, times: number): Violation[] {
  if (times === 0 && !isAllowedAbsence(sent, message)) {
    const why = message === undefined ? "no row" : `${message.status} ${message.reason ?? ""}`;
    return [{ invariant: "I1", what: `${sent.id} was never shown (${why})` }];
  }
  if (message === undefined || isEnded(message)) return [];
  return [{ invariant: "I1", what: `${sent.id} stayed ${message.status}` }];
}

function isAllowedAbsence(sent: SentFacts, message: MessageRow | undefined): boolean {
  return sent.cancelled && message?.status === "cancelled";
}

function isEnded(message: MessageRow): boolean {
  return ended.has(message.status) || message.status === "cancelled";
}

/** By text and not by id: a copy under another id is a copy all the same. */
function countShown(ledger: readonly LedgerRow[]): Map<string, number> {
  const shown = new Map<string, number>();
  for (const { device, to, textHash, displayed } of ledger) {
    if (device !== 0 || textHash === null) continue;
    const key = `${to} ${textHash}`;
    shown.set(key, (shown.get(key) ?? 0) + displayed);
  }
  return shown;
}

function judgeUndecryptable({ ledger }: Evidence): Violation[] {
  return ledger
    .filter((row) => row.undecryptable > 0)
    .map((row) => ({
      invariant: "decryptable",
      what: `${row.messageId} at device ${row.device} of ${row.to}: ${row.undecryptable} times`,
    }));
}

/** The lead's linked device and the account's own other devices have it, too. */
function missingCopies(
  evidence: Evidence,
  ledger: ReadonlyMap<string, LedgerRow>,
  sent: SentFacts,
  message: MessageRow,
): Violation[] {
  const account = evidence.accounts.find(({ id }) => id === sent.accountId);
  const lead = account?.leads.find(({ phone }) => phone === sent.lead);
  if (account === undefined || lead === undefined) return [];
  const id = message.token;
  const wanted = [
    { to: lead.phone, device: lead.companion },
    { to: account.phone, device: account.companion },
  ];
  const missing = wanted.filter(
    (copy) => ledger.get(rowKey({ messageId: id, ...copy }))?.confirmed !== true,
  );
  const violations = missing.map(({ to, device }) => ({
    invariant: "copies",
    what: `${id} is missing at device ${device} of ${to}`,
  }));
  const ownChat = evidence.chats.find((c) => c.phone === account.phone && c.peer === sent.lead);
  if (ownChat !== undefined && !ownChat.ids.includes(id)) {
    violations.push({ invariant: "copies", what: `${id} is missing on the account's own phone` });
  }
  return violations;
}

/** I8: what a phone shows of one conversation follows the order of acceptance. */
function judgeOrder({ chats, messages }: Evidence): Violation[] {
  const byToken = new Map(messages.map((message) => [message.token, message]));
  return chats.flatMap(({ ids, phone }) => {
    const rows = ids.flatMap((id) => byToken.get(id) ?? []);
    return rows.slice(1).flatMap((row, n) => {
      const before = rows[n];
      const wrong = before?.conversationId === row.conversationId && before.seq > row.seq;
      return wrong ? [{ invariant: "I8", what: `${row.id} came late at ${phone}` }] : [];
    });
  });
}

function rowKey(row: { messageId: string; to: string; device: number }): string {
  return `${row.messageId} ${row.to} ${row.device}`;
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

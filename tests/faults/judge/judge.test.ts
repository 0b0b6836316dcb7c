import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Evidence, LedgerRow } from "./evidence.ts";
import { judge } from "./judge.ts";

const account = {
  ...{ id: "account", phone: "100", device: 1, companion: 2, perMinute: 1000 },
  leads: [{ phone: "200", companion: 1 }],
};
const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

const row = (over: Partial<LedgerRow>): LedgerRow => ({
  ...{ messageId: "", from: "100", to: "200", device: 0, displayed: 0, undecryptable: 0 },
  ...{ confirmed: true, textHash: null },
  ...over,
});

/** What a run leaves behind in which every one of `count` messages and replies went well. */
function goodRun(count: number): Evidence {
  const numbers = Array.from({ length: count }, (_, n) => n);
  const token = (n: number): string => `T${n}`;
  const at = (n: number): number => 1_000_000 + n * 10_000;
  return {
    accounts: [account],
    sent: numbers.map((n) => ({
      ...{ id: `m${n}`, accountId: "account", lead: "200", text: `text ${n}`, cancelled: false },
    })),
    replies: numbers.map((n) => ({ id: `r${n}`, accountId: "account", from: "200" })),
    messages: numbers.map((n) => ({
      ...{ id: `m${n}`, accountId: "account", conversationId: "c", seq: n + 1 },
      ...{ status: "delivered", reason: null, token: token(n), text: `text ${n}` },
    })),
    attempts: numbers.map((n) => ({
      ...{ messageId: `m${n}`, accountId: "account", no: 1, state: "A", token: token(n) },
      ...{ fencing: 1 + Math.floor(n / 3), startedAt: at(n), settledAt: at(n) + 50, visits: 0 },
    })),
    history: numbers.flatMap((n) =>
      ["accepted", "queued", "dispatching", "server_acked", "delivered"].map((status) => ({
        ...{ messageId: `m${n}`, status, source: "channel" },
      })),
    ),
    inbound: numbers.map((n) => ({ accountId: "account", providerId: `r${n}` })),
    stream: {
      head: count * 2,
      seqs: Array.from({ length: count * 2 }, (_, n) => n + 1),
      sentEvents: numbers.map((n) => `m${n}`),
    },
    ledger: numbers.flatMap((n) => [
      row({ messageId: token(n), displayed: 1, textHash: hashOf(`text ${n}`) }),
      row({ messageId: token(n), device: 1 }),
      row({ messageId: token(n), to: "100", device: 2 }),
    ]),
    submissions: numbers.map((n) => ({
      ...{ messageId: token(n), from: "100", fromDevice: 1, to: "200", outcome: "applied" },
      at: at(n) + 20,
    })),
    chats: [
      { phone: "200", peer: "100", ids: numbers.map(token), got: numbers.map(token), read: [] },
      { phone: "100", peer: "200", ids: numbers.map(token), got: [], read: [] },
    ],
  };
}

const invariantsOf = (evidence: Evidence): string[] => [
  ...new Set(judge(evidence).violations.map(({ invariant }) => invariant)),
];

test("a run in which everything went well has no violation", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 30 }), (count) => {
      expect(judge(goodRun(count))).toEqual({
        ...{ lost: 0, doubled: 0, undecryptable: 0, uncertain: 0, violations: [] },
      });
    }),
  );
});

type Plant = (run: Evidence, n: number) => void;

const change = <T extends object>(list: T[], n: number, to: Partial<T>): void => {
  Object.assign(list[n % list.length]!, to);
};

const planted: Record<string, { plant: Plant; invariant: string }> = {
  "a message nobody saw": {
    invariant: "I1",
    plant: (run, n) => change(run.ledger, n * 3, { displayed: 0 }),
  },
  "a message without a row": {
    invariant: "I1",
    plant: (run, n) => {
      run.messages.splice(n, 1);
      change(run.ledger, n * 3, { displayed: 0 });
    },
  },
  "a message that never ended": {
    invariant: "I1",
    plant: (run, n) => change(run.messages, n, { status: "dispatching" }),
  },
  "a message shown twice": {
    invariant: "I2",
    plant: (run, n) => change(run.ledger, n * 3, { displayed: 2 }),
  },
  "a message shown again under another id": {
    invariant: "I2",
    plant: (run, n) => {
      run.ledger.push(row({ messageId: "X", displayed: 1, textHash: hashOf(`text ${n}`) }));
    },
  },
  "a message a linked device could not read": {
    invariant: "decryptable",
    plant: (run, n) => change(run.ledger, n * 3 + 1, { undecryptable: 1 }),
  },
  "a copy missing on the account's other device": {
    invariant: "copies",
    plant: (run, n) => change(run.ledger, n * 3 + 2, { confirmed: false }),
  },
  "a copy missing on the account's own phone": {
    invariant: "copies",
    plant: (run, n) => void run.chats[1]!.ids.splice(n, 1),
  },
  "another token at a retry": {
    invariant: "I3",
    plant: (run, n) => change(run.attempts, n, { token: "OTHER" }),
  },
  "a changed text": {
    invariant: "I3",
    plant: (run, n) => change(run.messages, n, { text: "something else" }),
  },
  "a call before its attempt": {
    invariant: "I4",
    plant: (run, n) => change(run.submissions, n, { at: run.attempts[n]!.startedAt - 1 }),
  },
  "a call without any attempt": {
    invariant: "I4",
    plant: (run, n) => void run.submissions.push({ ...run.submissions[n]!, messageId: "NONE" }),
  },
  "a call of an attempt that was called absent": {
    invariant: "I4",
    plant: (run, n) => change(run.attempts, n, { state: "X" }),
  },
  "an attempt left open": {
    invariant: "I5",
    plant: (run, n) => change(run.attempts, n, { state: "D" }),
  },
  "a sixth attempt": {
    invariant: "I5",
    plant: (run, n) => {
      const first = run.attempts[n]!;
      for (const no of [2, 3, 4, 5, 6]) run.attempts.push({ ...first, no, state: "S" });
    },
  },
  "a stale holder that started an attempt": {
    invariant: "I6",
    plant: (run, n) => {
      run.attempts.push({ ...run.attempts[n]!, no: 2, fencing: 0, startedAt: 9e9, settledAt: 9e9 });
    },
  },
  "a state that went back": {
    invariant: "I7",
    plant: (run, n) => {
      run.history.push({ messageId: `m${n}`, status: "server_acked", source: "channel" });
    },
  },
  "two messages out of order": {
    invariant: "I8",
    plant: (run, n) => {
      const { ids } = run.chats[0]!;
      const at = n % (ids.length - 1);
      [ids[at], ids[at + 1]] = [ids[at + 1]!, ids[at]!];
    },
  },
  "a lost reply": { invariant: "I9", plant: (run, n) => void run.inbound.splice(n, 1) },
  "a reply stored twice": {
    invariant: "I9",
    plant: (run, n) => void run.inbound.push({ ...run.inbound[n]! }),
  },
  "a call after a cancellation": {
    invariant: "I10",
    plant: (run, n) => change(run.sent, n, { cancelled: true }),
  },
  "a delivery nobody told of": {
    invariant: "receipts",
    plant: (run, n) => change(run.messages, n, { status: "server_acked" }),
  },
  "a message that was read and does not say so": {
    invariant: "receipts",
    plant: (run, n) => void run.chats[0]!.read.push(`T${n}`),
  },
  "one call too many in a minute": {
    invariant: "I11",
    plant: (run) => {
      run.accounts = [{ ...account, perMinute: 5 }];
    },
  },
  "a gap in the stream": {
    invariant: "I12",
    plant: (run, n) => void run.stream.seqs.splice(n, 1),
  },
  "an event that never came": {
    invariant: "I12",
    plant: (run, n) => void run.stream.sentEvents.splice(n, 1),
  },
  "an open attempt nobody looked at": {
    invariant: "I13",
    plant: (run, n) =>
      change(run.attempts, n, { settledAt: run.attempts[n]!.startedAt + 180_000, visits: 0 }),
  },
};

test.each(Object.entries(planted))("finds %s", (_name, { plant, invariant }) => {
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 30 }), fc.nat(), (count, seed) => {
      const run = goodRun(count);
      plant(run, seed % count);
      expect(invariantsOf(run)).toContain(invariant);
    }),
    { numRuns: 30 },
  );
});

test("an unknown outcome is counted apart, whether somebody saw the message or not", () => {
  const run = goodRun(3);
  change(run.messages, 0, { status: "uncertain" });
  change(run.messages, 1, { status: "uncertain" });
  change(run.ledger, 3, { displayed: 0 });
  expect(judge(run)).toMatchObject({ lost: 0, doubled: 0, uncertain: 2 });
});

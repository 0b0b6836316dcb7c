import type { AttemptRow, Evidence, HistoryRow, MessageRow, Violation } from "./evidence.ts";

const attemptsMax = 5;
const unvisitedMaxMs = 2 * 60 * 1000;

/** I3 to I7 and I13: the rows tell the same story as the wire. */
export function judgeProtocolRows(evidence: Evidence): Violation[] {
  const attempts = groupBy(evidence.attempts, (attempt) => attempt.messageId);
  return [
    ...evidence.messages.flatMap((message) => [
      ...judgeToken(message, attempts.get(message.id) ?? []),
      ...judgeCount(message, attempts.get(message.id) ?? []),
    ]),
    ...judgeTexts(evidence),
    ...judgeCalls(evidence),
    ...judgeFencing(evidence.attempts),
    ...judgeHistory(evidence.history),
    ...evidence.attempts.flatMap(judgeVisits),
  ];
}

/** I3: one token for ever. */
function judgeToken(message: MessageRow, attempts: readonly AttemptRow[]): Violation[] {
  return attempts
    .filter((attempt) => attempt.token !== message.token)
    .map((attempt) => ({
      invariant: "I3",
      what: `attempt ${attempt.no} of ${message.id} has another token`,
    }));
}

/** I3: the text that was accepted is the text that is stored. */
function judgeTexts({ sent, messages }: Evidence): Violation[] {
  const byId = new Map(messages.map((message) => [message.id, message]));
  return sent
    .filter(({ id, text }) => (byId.get(id)?.text ?? text) !== text)
    .map(({ id }) => ({ invariant: "I3", what: `the payload of ${id} changed` }));
}

/** I4: no call without an attempt that was committed before it. */
function judgeCalls({ attempts, submissions, accounts }: Evidence): Violation[] {
  const devices = new Map(accounts.map((account) => [account.phone, account]));
  // An attempt proved absent stands for no call.
  const possible = attempts.filter(({ state }) => state !== "X");
  const starts = groupBy(possible, (attempt) => attempt.token);
  const calls = groupBy(
    // What goes to the account's own phone is the library asking for keys, not a message.
    submissions.filter(
      (call) => devices.get(call.from)?.device === call.fromDevice && call.to !== call.from,
    ),
    (call) => call.messageId,
  );
  return [...calls].flatMap(([token, made]) => {
    const started = (starts.get(token) ?? []).map(({ startedAt }) => startedAt).sort(ascending);
    const times = made.map(({ at }) => at).sort(ascending);
    const bad = times.filter((at, n) => (started[n] ?? Number.POSITIVE_INFINITY) > at);
    return bad.length === 0
      ? []
      : [{ invariant: "I4", what: `${token}: ${times.length} calls, ${started.length} attempts` }];
  });
}

/** I5. What never left the process (X) was no attempt for the provider. */
function judgeCount(message: MessageRow, attempts: readonly AttemptRow[]): Violation[] {
  const open = attempts.filter(({ state }) => state === "D").length;
  const spent = attempts.filter(({ state }) => state !== "X").length;
  return [
    ...(open > 0 ? [{ invariant: "I5", what: `${message.id} has an attempt left open` }] : []),
    ...(spent > attemptsMax
      ? [{ invariant: "I5", what: `${message.id} took ${spent} attempts` }]
      : []),
  ];
}

/** I6: a lower token never comes after a higher one. */
function judgeFencing(attempts: readonly AttemptRow[]): Violation[] {
  return [...groupBy(attempts, (attempt) => attempt.accountId)].flatMap(([accountId, rows]) => {
    let highest = 0;
    return rows
      .toSorted((a, b) => a.startedAt - b.startedAt)
      .flatMap((row) => {
        const stale = row.fencing < highest;
        highest = Math.max(highest, row.fencing);
        return stale
          ? [{ invariant: "I6", what: `${accountId}: token ${row.fencing} after ${highest}` }]
          : [];
      });
  });
}

const ranks = [
  "accepted",
  "queued",
  "dispatching",
  "uncertain",
  "server_acked",
  "delivered",
  "read",
];

/** I7, but for a person's decision: forward only. */
function judgeHistory(history: readonly HistoryRow[]): Violation[] {
  return [...groupBy(history, (row) => row.messageId)].flatMap(([messageId, rows]) => {
    let furthest = -1;
    return rows.flatMap(({ status, source }) => {
      const rank = ranks.indexOf(status);
      if (source === "person" || rank < 0) return [];
      const back = rank < furthest;
      furthest = Math.max(furthest, rank);
      return back ? [{ invariant: "I7", what: `${messageId} went back to ${status}` }] : [];
    });
  });
}

function judgeVisits(attempt: AttemptRow): Violation[] {
  if (attempt.settledAt === null) return [];
  const unseen = attempt.settledAt - attempt.startedAt > unvisitedMaxMs && attempt.visits === 0;
  return unseen
    ? [
        {
          invariant: "I13",
          what: `attempt ${attempt.no} of ${attempt.messageId} was not looked at`,
        },
      ]
    : [];
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

const ascending = (a: number, b: number): number => a - b;

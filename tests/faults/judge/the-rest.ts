import type { Evidence, Violation } from "./evidence.ts";

/** I9: one row for every message people wrote to us, whatever the redelivery. */
export function judgeInbound({ replies, inbound }: Evidence): Violation[] {
  const rows = new Map<string, number>();
  for (const { accountId, providerId } of inbound) {
    const key = `${accountId} ${providerId}`;
    rows.set(key, (rows.get(key) ?? 0) + 1);
  }
  return replies.flatMap(({ id, accountId }) => {
    const count = rows.get(`${accountId} ${id}`) ?? 0;
    return count === 1 ? [] : [{ invariant: "I9", what: `${id} has ${count} rows` }];
  });
}

/** I10: cancelled before the claim means that the provider was never called. */
export function judgeCancelled({ sent, messages, submissions }: Evidence): Violation[] {
  const tokens = new Map(messages.map(({ id, token }) => [id, token]));
  const called = new Set(submissions.map(({ messageId }) => messageId));
  return sent
    .filter(({ id, cancelled }) => cancelled && called.has(tokens.get(id) ?? ""))
    .map(({ id }) => ({ invariant: "I10", what: `${id} was called after its cancellation` }));
}

const minuteMs = 60_000;

/** I11: never more calls in any minute than the account may make, whatever crashed meanwhile. */
export function judgeBudget({ accounts, submissions }: Evidence): Violation[] {
  return accounts.flatMap((account) => {
    const times = submissions
      .filter((call) => call.from === account.phone && call.fromDevice === account.device)
      .map(({ at }) => at)
      .sort((a, b) => a - b);
    const most = mostWithin(times, minuteMs);
    return most <= account.perMinute
      ? []
      : [{ invariant: "I11", what: `${account.id}: ${most} calls in a minute` }];
  });
}

function mostWithin(times: readonly number[], spanMs: number): number {
  let from = 0;
  let most = 0;
  times.forEach((at, n) => {
    while ((times[from] ?? at) <= at - spanMs) from += 1;
    most = Math.max(most, n - from + 1);
  });
  return most;
}

/** I12: the stream has every number once, and says of every message that it went out. */
export function judgeStream({ stream, messages }: Evidence): Violation[] {
  const gaps = stream.seqs.filter((seq, n) => seq !== n + 1).slice(0, 1);
  const told = new Set(stream.sentEvents);
  const untold = messages.filter(
    ({ id, status }) => ["server_acked", "delivered", "read"].includes(status) && !told.has(id),
  );
  return [
    ...gaps.map((seq) => ({ invariant: "I12", what: `the stream has a gap before ${seq}` })),
    ...(stream.head === stream.seqs.length
      ? []
      : [{ invariant: "I12", what: `head ${stream.head}, ${stream.seqs.length} events` }]),
    ...untold.map(({ id }) => ({ invariant: "I12", what: `no event said that ${id} was sent` })),
  ];
}

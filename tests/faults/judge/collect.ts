import type { Account } from "../scenario/people.ts";
import type { Traffic } from "../scenario/traffic.ts";
import type { World } from "../world/start-world.ts";
import type { AttemptRow, Evidence, HistoryRow, InboundRow, MessageRow } from "./evidence.ts";

/** Reads everything once, after the system has come to rest. */
export async function collectEvidence(
  world: World,
  accounts: readonly Account[],
  traffic: Pick<Traffic, "sent" | "replies">,
): Promise<Evidence> {
  const ids = accounts.map(({ id }) => id);
  const phones = new Set(accounts.flatMap((a) => [a.phone, ...a.leads.map(({ phone }) => phone)]));
  const rows = async <T>(sql: string): Promise<T[]> =>
    (await world.admin.query<T & object>(sql, sql.includes("$1") ? [ids] : [])).rows;
  const submissions = await world.sandbox.submissions();
  return {
    accounts: accounts.map((account) => ({ ...account })),
    sent: traffic.sent.filter(({ accountId }) => ids.includes(accountId)),
    replies: traffic.replies.filter(({ accountId }) => ids.includes(accountId)),
    messages: await rows<MessageRow>(messagesSql),
    attempts: await rows<AttemptRow>(attemptsSql),
    history: await rows<HistoryRow>(historySql),
    inbound: await rows<InboundRow>(inboundSql),
    stream: await readStream(world),
    ledger: (await world.sandbox.ledger()).filter(({ to }) => phones.has(to)),
    submissions: submissions
      .filter(({ from }) => phones.has(from))
      .map((call) => ({ ...call, at: Date.parse(call.at) })),
    chats: await readChats(world, accounts),
  };
}

async function readStream(world: World): Promise<Evidence["stream"]> {
  const head = await world.admin.query<{ seq: string }>(
    "select seq from messaging.stream_head where org_id = $1",
    [world.orgId],
  );
  const events = await world.admin.query<{ seq: string; type: string; id: string | null }>(
    `select seq, type, data ->> 'messageId' as id from messaging.stream_event
      where org_id = $1 order by seq`,
    [world.orgId],
  );
  return {
    head: Number(head.rows[0]?.seq ?? 0),
    seqs: events.rows.map(({ seq }) => Number(seq)),
    sentEvents: events.rows.flatMap(({ type, id }) =>
      ["message_sent", "message_status"].includes(type) && id !== null ? [id] : [],
    ),
  };
}

async function readChats(world: World, accounts: readonly Account[]): Promise<Evidence["chats"]> {
  const pairs = accounts.flatMap(({ phone, leads }) =>
    leads.flatMap((lead) => [
      { phone, peer: lead.phone },
      { phone: lead.phone, peer: phone },
    ]),
  );
  return Promise.all(
    pairs.map(async ({ phone, peer }) => {
      const shown = await world.sandbox.chat(phone, peer);
      const got = shown.filter(({ fromMe }) => !fromMe);
      return {
        ...{ phone, peer, ids: shown.map(({ id }) => id), got: got.map(({ id }) => id) },
        read: got.filter(({ read }) => read).map(({ id }) => id),
      };
    }),
  );
}

const messagesSql = `select id, account_id as "accountId", conversation_id as "conversationId", seq::int,
    status, status_reason as reason, provider_token as token, content ->> 'text' as text
  from messaging.message where account_id = any($1) and direction = 'out' and provider_token is not null`;

const attemptsSql = `select message_id as "messageId", account_id as "accountId", attempt_no as no, state,
    provider_token as token, fencing_token::int as fencing,
    extract(epoch from started_at)::float8 * 1000 as "startedAt",
    extract(epoch from settled_at)::float8 * 1000 as "settledAt", visits
  from messaging.attempt where account_id = any($1)`;

const historySql = `select e.message_id as "messageId", e.status, e.source
  from messaging.message_event e join messaging.message m on m.org_id = e.org_id and m.id = e.message_id
  where m.account_id = any($1) and m.direction = 'out' order by e.id`;

const inboundSql = `select account_id as "accountId", provider_message_id as "providerId"
  from messaging.message where account_id = any($1) and direction = 'in'`;

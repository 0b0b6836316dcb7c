import type { World } from "../world/start-world.ts";
import type { Account } from "./people.ts";
import type { Traffic } from "./traffic.ts";

/**
 * Nothing on its way, nothing waiting, every reply stored and every receipt. The judge says what is
 * missing later.
 */
export async function comeToRest(
  world: World,
  accounts: readonly Account[],
  traffic: Pick<Traffic, "sent" | "replies">,
  timeoutMs: number,
): Promise<boolean> {
  const ids = accounts.map(({ id }) => id);
  const deadline = Date.now() + timeoutMs;
  const replies = traffic.replies.filter(({ accountId }) => ids.includes(accountId)).length;
  const receipts = receiptsOf(accounts, traffic);
  while (Date.now() < deadline) {
    if (await isAtRest(world, { ids, replies, ...receipts }).catch(() => false)) return true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return false;
}

type Receipts = { toReaders: string[]; toOthers: string[] };

/** A naive account sends under ids that no message has, so its receipts find none. */
function receiptsOf(accounts: readonly Account[], { sent }: Pick<Traffic, "sent">): Receipts {
  const leads = accounts.filter(({ naive }) => !naive).flatMap((account) => account.leads);
  const idsTo = (reads: boolean): string[] => {
    const phones = new Set(leads.filter((lead) => lead.reads === reads).map(({ phone }) => phone));
    return sent.filter(({ lead }) => phones.has(lead)).map(({ id }) => id);
  };
  return { toReaders: idsTo(true), toOthers: idsTo(false) };
}

type Rest = Receipts & { ids: string[]; replies: number };
type Now = { open: number; inbound: number; outbox: number; untold: number };

async function isAtRest(world: World, rest: Rest): Promise<boolean> {
  const { ids, toReaders, toOthers } = rest;
  const { rows } = await world.admin.query<Now>(restSql, [ids, toReaders, toOthers]);
  const [now] = rows;
  if (now === undefined || now.open + now.outbox + now.untold > 0) return false;
  if (now.inbound < rest.replies) return false;
  return (await world.sandbox.pending()) === 0;
}

const restSql = `select
  (select count(*)::int from messaging.message where account_id = any($1) and direction = 'out'
     and status in ('accepted', 'queued', 'dispatching')) as open,
  (select count(*)::int from messaging.message where account_id = any($1) and direction = 'in') as inbound,
  (select count(*)::int from messaging.outbox) as outbox,
  (select count(*)::int from messaging.message where id = any($2) and status in ('server_acked', 'delivered')
     or id = any($3) and status = 'server_acked') as untold`;

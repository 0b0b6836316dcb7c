import type { World } from "../world/start-world.ts";
import type { Account } from "./people.ts";
import type { Traffic } from "./traffic.ts";

/** Nothing on its way, nothing waiting, every reply stored. The judge says what is missing later. */
export async function comeToRest(
  world: World,
  accounts: readonly Account[],
  traffic: Pick<Traffic, "sent" | "replies">,
  timeoutMs: number,
): Promise<boolean> {
  const ids = accounts.map(({ id }) => id);
  const deadline = Date.now() + timeoutMs;
  const replies = traffic.replies.filter(({ accountId }) => ids.includes(accountId)).length;
  while (Date.now() < deadline) {
    if (await isAtRest(world, ids, replies).catch(() => false)) return true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return false;
}

async function isAtRest(world: World, ids: string[], replies: number): Promise<boolean> {
  const { rows } = await world.admin.query<{ open: number; inbound: number; outbox: number }>(
    restSql,
    [ids],
  );
  const [now] = rows;
  if (now === undefined || now.open > 0 || now.outbox > 0 || now.inbound < replies) return false;
  return (await world.sandbox.pending()) === 0;
}

const restSql = `select
  (select count(*)::int from messaging.message where account_id = any($1) and direction = 'out'
     and status in ('accepted', 'queued', 'dispatching')) as open,
  (select count(*)::int from messaging.message where account_id = any($1) and direction = 'in') as inbound,
  (select count(*)::int from messaging.outbox) as outbox`;

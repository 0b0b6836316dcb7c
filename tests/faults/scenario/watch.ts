import type { World } from "../world/start-world.ts";

/** What the suite sees of the accounts while it goes on; a database that is away is asked again. */
export type Watch = {
  /** A message claimed after `at` was taken by the server. */
  servedAfter(accountId: string, at: number): boolean;
  /** Messages that have not got as far as the server. */
  openOf(accountId: string): number;
  stop(): Promise<void>;
};

const everyMs = 150;

const lastServed = `select account_id as id, extract(epoch from max(started_at)) * 1000 as value
  from messaging.attempt where state = 'A' and started_at > now() - interval '3 minutes' group by 1`;
const stillOpen = `select account_id as id, count(*) as value from messaging.message
  where direction = 'out' and status in ('accepted', 'queued', 'dispatching') group by 1`;

export function startWatch(world: World): Watch {
  let served = new Map<string, number>();
  let open = new Map<string, number>();
  let stopped = false;
  const read = async (sql: string): Promise<Map<string, number>> => {
    const { rows } = await world.admin.query<{ id: string; value: string }>(sql);
    return new Map(rows.map((row) => [row.id, Number(row.value)]));
  };
  const loop = async (): Promise<void> => {
    while (!stopped) {
      try {
        served = await read(lastServed);
        open = await read(stillOpen);
      } catch {
        // Restarted on purpose.
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  };
  const running = loop();
  return {
    servedAfter: (accountId, at) => (served.get(accountId) ?? 0) > at,
    openOf: (accountId) => open.get(accountId) ?? 0,
    stop: async () => {
      stopped = true;
      await running;
    },
  };
}

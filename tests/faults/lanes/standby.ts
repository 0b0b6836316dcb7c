import type { Account } from "../scenario/people.ts";
import { endLife, type Life } from "../world/process.ts";
import type { PodLaneDeps } from "./pod-lane.ts";

/** A second process of the account that waits for the lease, as a warm replica would. */
export type Standby = {
  /** Ends it in order, so that the account's first process gets the lease, and starts it anew. */
  giveBack(): Promise<void>;
  stop(): Promise<void>;
};

const holderOf = "select holder from channels.account_lease where account_id = $1";

export async function startStandby(
  { world }: PodLaneDeps,
  account: Account,
): Promise<Standby | undefined> {
  const { standby: pod } = account;
  if (pod === undefined) return undefined;
  let life: Life | undefined = world.startPod({ ...account, pod }, "");
  const isHolder = async (): Promise<boolean> => {
    const { rows } = await world.admin.query<{ holder: string }>(holderOf, [account.id]);
    return rows[0]?.holder.startsWith(`${pod}/`) === true;
  };
  const renew = async (): Promise<void> => {
    if (life === undefined || !(await isHolder().catch(() => false))) return;
    await endLife(life);
    life = world.startPod({ ...account, pod }, "");
  };
  await Promise.resolve();
  return {
    giveBack: renew,
    stop: async () => {
      const ending = life;
      life = undefined;
      if (ending !== undefined) await endLife(ending);
    },
  };
}

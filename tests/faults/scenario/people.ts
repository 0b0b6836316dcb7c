import { waitUntil } from "../../../scripts/src/lib/wait-until.ts";
import type { PodSettings, World } from "../world/start-world.ts";
import { endLife } from "../world/process.ts";

export type Lead = {
  phone: string;
  companion: number;
  /** Reads at once; the others never do. */
  reads: boolean;
};

export type Account = PodSettings & {
  phone: string;
  /** Device number of the channel process. */
  device: number;
  /** Device number of the account's other linked device. */
  companion: number;
  leads: Lead[];
  /** Cap on calls in any minute; for the tight account it binds. */
  perMinute: number;
  /** A tight account waits for its limit, so its times say nothing about recovery. */
  tight: boolean;
  /** Name of a second process that waits for the lease; undefined without one. */
  standby: string | undefined;
};

export type PeopleOptions = {
  accounts: number;
  naiveAccounts: number;
  leadsEach: number;
  standbys: number;
};

/** Accounts and their leads, every one with a phone and a linked device, paired and connected. */
export async function createPeople(world: World, options: PeopleOptions): Promise<Account[]> {
  const total = options.accounts + options.naiveAccounts;
  const numbers = Array.from({ length: total }, (_, n) => n);
  const accounts = numbers.map((n) => describeAccount(n, options));
  // Two at a time: pairing makes hundreds of keys.
  for (let from = 0; from < total; from += 2) {
    await Promise.all(accounts.slice(from, from + 2).map((account) => introduce(world, account)));
  }
  return accounts;
}

function describeAccount(n: number, options: PeopleOptions): Account {
  const naive = n >= options.accounts;
  const tight = n === options.accounts - 1 && options.accounts > 1;
  const perMinute = tight ? 90 : 600;
  const limits = {
    ...{ perMinute, perHour: 100_000, perDay: 1_000_000, strangersPerDay: 10_000 },
    warmUp: { enabled: false },
  };
  return {
    id: crypto.randomUUID(),
    pod: `pod-${n}-a`,
    phone: `1555100${String(1000 + n)}`,
    naive,
    tight,
    perMinute,
    standby: n < options.standbys ? `pod-${n}-b` : undefined,
    spec: {
      displayName: `Account ${n}`,
      limits,
      pacing: { minGapMs: 0, maxGapMs: 0, typing: "Off" },
    },
    device: 0,
    companion: 0,
    leads: Array.from({ length: options.leadsEach }, (_, lead) => ({
      phone: `1555${2000 + n}${String(100 + lead)}`,
      companion: 0,
      reads: lead % 2 === 0,
    })),
  };
}

async function introduce(world: World, account: Account): Promise<void> {
  const { sandbox, companions, admin } = world;
  await sandbox.addPhone(account.phone, `Account ${account.phone}`, true);
  for (const lead of account.leads) {
    await sandbox.addPhone(lead.phone, `Lead ${lead.phone}`, true);
    if (lead.reads) await sandbox.readAtOnce(lead.phone);
    lead.companion = await companions.link(lead.phone);
  }
  await admin.query(
    `insert into channels.account (org_id, id, channel, name) values ($1, $2, 'whatsapp', $3)`,
    [world.orgId, account.id, account.pod],
  );
  await pairPod(world, account);
  account.companion = await companions.link(account.phone);
}

/** By QR, as a person would; the process that was paired ends, and the lanes start their own. */
async function pairPod(world: World, account: Account): Promise<void> {
  const pod = world.startPod({ ...account, naive: false }, "");
  const qr = await waitUntil(
    `the QR of ${account.pod}`,
    () =>
      one<string>(
        world,
        "select qr as value from channels.pairing where account_id = $1 and state = 'waiting'",
        account.id,
      ),
    90_000,
    100,
  );
  account.device = await world.sandbox.scan(account.phone, qr);
  await waitUntil(
    `${account.pod} to connect`,
    () =>
      one<boolean>(
        world,
        "select state = 'connected' as value from channels.account where id = $1",
        account.id,
      ),
    90_000,
    100,
  );
  await endLife(pod);
}

async function one<T>(world: World, sql: string, id: string): Promise<T | undefined> {
  return (await world.admin.query<{ value: T }>(sql, [id])).rows[0]?.value;
}

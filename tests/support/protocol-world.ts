import { randomBytes, randomUUID } from "node:crypto";
import pg from "pg";
import { v7 } from "uuid";
import { createTenantSealer } from "@rarity/platform/postgres";
import { testDatabase, type ServiceRole } from "@rarity/platform/testing";

export type Json = Record<string, unknown>;

export type AttemptAnswer = {
  messageId: string;
  attemptNo: number;
  providerToken: string;
  content: Json;
  token: number;
};
/** As many as the test asked for: one that is missing fails the test where it is read. */
export type Several<T> = [T, T, T, T, ...T[]];
/** Whatever a protocol function answered; a test reads the fields its function has. */
export type Answer = {
  ok: boolean;
  new: boolean;
  replayed: boolean;
  changed: boolean;
  code: string;
  i: number;
  id: string;
  seq: number;
  status: string;
  token: number;
  nextDueInMs: number;
  waitMs: number;
  messageId: string;
  conversationId: string;
  attempts: Several<AttemptAnswer>;
  attempt: AttemptAnswer | null;
};
type Row = Json;

/** One database, two organizations, and the service roles to act as. */
export type ProtocolWorld = Awaited<ReturnType<typeof openProtocolWorld>>;

// What it answers is inferred: the type is exactly the object it builds.
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types
export const openProtocolWorld = async () => {
  const database = await testDatabase();
  const sealer = createTenantSealer(database.sealKey);
  const seal = (orgId: string): string => sealer.seal(orgId);
  const pools = new Map<string, pg.Pool>();
  const poolFor = (url: string): pg.Pool => {
    const known = pools.get(url);
    if (known !== undefined) return known;
    const pool = new pg.Pool({ connectionString: url, max: 8 });
    pool.on("error", () => undefined);
    pools.set(url, pool);
    return pool;
  };
  const admin = async <T extends Row = Row>(sql: string, values: unknown[] = []): Promise<T[]> =>
    (await poolFor(database.adminUrl).query<T>(sql, values)).rows;
  const as = <T>(
    role: ServiceRole,
    orgId: string | null,
    work: (tx: pg.PoolClient) => Promise<T>,
  ) => inTransaction(poolFor(database.urlFor(role)), orgId === null ? "" : seal(orgId), work);
  const call = async <T = Answer>(
    role: ServiceRole,
    orgId: string | null,
    fn: string,
    ...args: unknown[]
  ): Promise<T> => {
    const marks = args.map((_, index) => `$${index + 1}`).join(", ");
    const values = args.map((arg) => (typeof arg === "object" ? JSON.stringify(arg) : arg));
    const { rows } = await as(role, orgId, (tx) =>
      tx.query<{ r: T }>(`select ${fn}(${marks}) as r`, values),
    );
    const answer = rows[0]?.r;
    if (answer === undefined) throw new Error(`${fn} answered nothing`);
    return answer;
  };
  const makeOrg = (): Promise<string> =>
    call<string>("rarity_auth", null, "tenancy.create_organization", randomUUID(), "Org");
  const makeAccount = async (orgId: string, limits: Json = {}): Promise<string> => {
    const id = v7();
    await admin(
      `insert into channels.account (org_id, id, channel, name, state, limits)
       values ($1, $2, 'whatsapp', $3, 'connected', $4)`,
      [orgId, id, randomBytes(4).toString("hex"), JSON.stringify(limits)],
    );
    return id;
  };
  return {
    database,
    seal,
    admin,
    as,
    call,
    makeOrg,
    makeAccount,
    close: async () => {
      for (const pool of pools.values()) await pool.end();
      await database.drop();
    },
  };
};

const inTransaction = async <T>(
  pool: pg.Pool,
  tenant: string,
  work: (tx: pg.PoolClient) => Promise<T>,
): Promise<T> => {
  const client = await pool.connect();
  try {
    await client.query("begin");
    await client.query("select set_config('app.tenant', $1, true)", [tenant]);
    const result = await work(client);
    await client.query("commit");
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
};

/** An account with a live lease, seen as the channel process sees it. */
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types
export const openSender = async (world: ProtocolWorld, orgId: string, limits: Json = {}) => {
  const accountId = await world.makeAccount(orgId, limits);
  const holder = `pod-${randomBytes(3).toString("hex")}`;
  const lease = await world.call(
    "rarity_whatsapp",
    orgId,
    "channels.acquire_lease",
    accountId,
    holder,
    30_000,
    false,
  );
  const identity = { accountId, holder, token: lease.token };
  const channel = <T = Answer>(fn: string, argument: unknown): Promise<T> =>
    world.call<T>("rarity_whatsapp", orgId, `messaging.${fn}`, argument);
  return {
    ...identity,
    orgId,
    accept: (items: Json[]) =>
      world.call<Several<Answer>>(
        "rarity_orchestrator",
        null,
        "messaging.accept_messages",
        items.map((item, i) => ({ i, ...newMessage(world, orgId, accountId), ...item })),
      ),
    claim: (max = 50, change: Json = {}) =>
      channel("claim_attempts", { ...identity, max, ...change }),
    settle: (results: Json[], change: Json = {}) =>
      channel("settle_attempts", { ...identity, results, ...change }),
    supersede: ({ messageId, attemptNo }: Json) =>
      channel("supersede_attempt", { ...identity, messageId, attemptNo }),
    open: () => channel<Several<AttemptAnswer>>("open_attempts", accountId),
    receipts: (items: Json[]) =>
      channel(
        "record_receipts",
        items.map((item) => ({ accountId, ...item })),
      ),
    inbound: (items: Json[]) =>
      channel<Several<Answer>>(
        "record_inbound",
        items.map((item) => ({ accountId, ...item })),
      ),
    message: async (id: string): Promise<Json> =>
      (
        await world.admin(
          "select m.*, messaging.status_of(m) as status from messaging.message m where id = $1",
          [id],
        )
      )[0] ?? {},
    history: async (id: string): Promise<string[]> =>
      (
        await world.admin<{ status: string }>(
          "select status from messaging.message_event where message_id = $1 order by id",
          [id],
        )
      ).map((row) => row.status),
  };
};

export type Sender = Awaited<ReturnType<typeof openSender>>;

export const newMessage = (world: ProtocolWorld, orgId: string, accountId: string): Json => ({
  tenant: world.seal(orgId),
  id: v7(),
  route: "POST /api/messages/send",
  accountId,
  conversation: { channel: "whatsapp", recipientKind: "phone", recipientValue: "+4915100000001" },
  lane: 2,
  content: { type: "text", text: "hello" },
  contentHash: "h",
  providerToken: `3EB0${randomBytes(9).toString("hex").toUpperCase()}`,
  createdBy: "tester",
});

export const toPerson = (value: string): Json => ({
  conversation: { channel: "whatsapp", recipientKind: "phone", recipientValue: value },
});

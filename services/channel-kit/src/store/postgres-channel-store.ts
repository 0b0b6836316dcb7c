import { isTracing } from "@rarity/platform/telemetry";
import { z } from "zod";
import type { Logger } from "pino";
import type { InboundItem, InboundResult } from "../driver.ts";
import { parseOpen, parseOutbound } from "./attempt-rows.ts";
import type { ChannelSql } from "./channel-sql.ts";
import type {
  ChannelStore,
  ClaimAnswer,
  LeaseAnswer,
  SettleResult,
  SupersedeAnswer,
} from "./channel-store.ts";
import { traceReceipts } from "./trace-receipts.ts";

export type PostgresStoreDeps = {
  accountId: string;
  holder: string;
  sql: ChannelSql;
  /** A pool of its own: a renewal must never queue behind the work it protects. */
  leaseSql: ChannelSql;
  logger: Logger;
  nowMs(): number;
};

const leaseAnswer = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), token: z.number(), expiresInMs: z.number() }),
  z.object({
    ok: z.literal(false),
    holder: z.string().nullable().default(null),
    expiresInMs: z.number().nullable().default(null),
  }),
]);

const renewAnswer = z.discriminatedUnion("ok", [
  z.object({ ok: z.literal(true), expiresInMs: z.number() }),
  z.object({ ok: z.literal(false) }),
]);

const claimAnswer = z.discriminatedUnion("ok", [
  z.object({
    ok: z.literal(true),
    attempts: z.array(z.unknown()),
    nextDueInMs: z.number().nullish(),
    waiting: z.string().nullish(),
  }),
  z.object({ ok: z.literal(false), code: z.string() }),
]);

const wishAnswer = z.object({ ageMs: z.number(), reason: z.string() }).nullable();
const doneAnswer = z.object({ ok: z.boolean(), code: z.string().optional() });

const inboundAnswer = z.array(
  z.object({ providerMessageId: z.string(), messageId: z.string(), isNew: z.boolean() }),
);

/** The send protocol over its SQL functions: every method is one call in one transaction. */
export function createPostgresChannelStore(deps: PostgresStoreDeps): ChannelStore {
  const { accountId, holder, sql } = deps;
  const identify = (token: number): { accountId: string; holder: string; token: number } => ({
    accountId,
    holder,
    token,
  });
  const settle = async (token: number, results: SettleResult[]): Promise<void> => {
    await sql("settle", [JSON.stringify({ ...identify(token), results })]);
  };
  return {
    ...leaseMethods(deps),
    claimAttempts: async (token, max) => {
      const answer = await sql("claim", [JSON.stringify({ ...identify(token), max })]);
      return readClaim(answer, (refused) => settleUnreadable(deps, token, refused, settle));
    },
    settleAttempts: settle,
    openAttempts: async () => {
      const { attempts, unreadable } = parseOpen((await sql("open", [accountId])) ?? []);
      // Possibly written by another version: it stays open for that version or for a person.
      for (const row of unreadable) deps.logger.error(row, "an open attempt is not understood");
      return attempts;
    },
    supersedeAttempt: async (token, ref) => {
      const answer = await sql("supersede", [JSON.stringify({ ...identify(token), ...ref })]);
      return readSuperseded(answer);
    },
    recordReceipts: async (receipts) => {
      const startedAt = new Date(deps.nowMs());
      const rows = receipts.map((receipt) => ({ accountId, ...receipt }));
      traceReceipts(await sql("receipts", [JSON.stringify(rows), isTracing()]), startedAt);
    },
    recordInbound: async (items) => {
      const rows = items.map((item) => ({ accountId, ...item }));
      return matchInbound(items, await sql("inbound", [JSON.stringify(rows)]));
    },
  };
}

type LeaseMethods = Pick<
  ChannelStore,
  | "acquireLease"
  | "renewLease"
  | "releaseLease"
  | "setAccountState"
  | "setIdentity"
  | "logoutWish"
  | "finishLogout"
>;

function leaseMethods({ accountId, holder, leaseSql }: PostgresStoreDeps): LeaseMethods {
  return {
    acquireLease: async ({ ttlMs, proofOfDeath }): Promise<LeaseAnswer> =>
      leaseAnswer.parse(await leaseSql("acquireLease", [accountId, holder, ttlMs, proofOfDeath])),
    renewLease: async (token, ttlMs) => {
      const answer = renewAnswer.parse(
        await leaseSql("renewLease", [accountId, holder, token, ttlMs]),
      );
      return answer.ok ? { expiresInMs: answer.expiresInMs } : null;
    },
    releaseLease: async (token) => {
      await leaseSql("releaseLease", [accountId, holder, token]);
    },
    setAccountState: async (token, { state, reason, detail }) => {
      await leaseSql("setAccountState", [accountId, state, reason, detail, token]);
    },
    setIdentity: async (token, { kind, value, alt }) => {
      const [phone, lid] = kind === "phone" ? [value, alt] : [alt, value];
      await leaseSql("setIdentity", [accountId, token, phone ?? null, lid ?? null]);
    },
    logoutWish: async () => wishAnswer.parse((await leaseSql("logoutWish", [accountId])) ?? null),
    finishLogout: async (token, result) => {
      const answer = doneAnswer.parse(await leaseSql("finishLogout", [accountId, token, result]));
      if (!answer.ok) throw new Error(`the logout was not stored: ${answer.code ?? "refused"}`);
    },
  };
}

type Unreadable = { messageId: string; attemptNo: number; problem: string }[];

async function readClaim(
  raw: unknown,
  onUnreadable: (rows: Unreadable) => Promise<void>,
): Promise<ClaimAnswer> {
  const answer = claimAnswer.parse(raw);
  if (!answer.ok) return answer;
  const { attempts, unreadable } = parseOutbound(answer.attempts);
  if (unreadable.length > 0) await onUnreadable(unreadable);
  return {
    ok: true,
    attempts,
    nextDueInMs: answer.nextDueInMs ?? null,
    waiting: answer.waiting ?? null,
  };
}

/** Content nobody here can send is refused for good; not one byte of it left. */
async function settleUnreadable(
  deps: PostgresStoreDeps,
  token: number,
  rows: Unreadable,
  settle: (token: number, results: SettleResult[]) => Promise<void>,
): Promise<void> {
  for (const row of rows) deps.logger.error(row, "a claimed message is not understood");
  const at = new Date(deps.nowMs()).toISOString();
  const results = rows.map(({ messageId, attemptNo, problem }): SettleResult => {
    const message = `this channel cannot send such content (${problem})`;
    const error = { class: "content" as const, code: "CONTENT_NOT_UNDERSTOOD", message };
    return { messageId, attemptNo, outcome: "refused", error, evidence: { written: false }, at };
  });
  await settle(token, results);
}

const superseded = z.object({
  ok: z.boolean(),
  attempt: z.unknown().optional(),
  waitMs: z.number().nullish(),
});

function readSuperseded(raw: unknown): SupersedeAnswer {
  const answer = superseded.parse(raw);
  const waitMs = answer.waitMs ?? null;
  if (!answer.ok || answer.attempt === undefined || answer.attempt === null) {
    return { attempt: null, waitMs };
  }
  const { attempts, unreadable } = parseOutbound([answer.attempt]);
  if (unreadable[0] !== undefined) throw new Error(`not understood: ${unreadable[0].problem}`);
  return { attempt: attempts[0] ?? null, waitMs };
}

function matchInbound(items: InboundItem[], raw: unknown): InboundResult[] {
  const results = inboundAnswer.parse(raw);
  if (results.length !== items.length) throw new Error("record_inbound must answer every item");
  return results;
}

import { laneNumber } from "@rarity/contracts/status";
import { AppError, isErrorCode } from "@rarity/platform/errors";
import type { CrashPoint } from "@rarity/platform/crash-point";
import { AmbiguousCommit, callOnce, groupCommitter } from "@rarity/platform/postgres";
import { injectTrace, withSpan } from "@rarity/platform/telemetry";
import type { StoredMessageStatus } from "@rarity/contracts/status";
import type { Accepted, NewMessage } from "../../usecases/ports.ts";
import { isoOf, type Database } from "./database.ts";

export interface AcceptStore {
  accept(message: NewMessage): Promise<Accepted>;
  /** Refuses new messages and resolves when everything taken is committed or refused. */
  close(): Promise<void>;
  readonly size: number;
}

export interface AcceptStoreOptions {
  readonly onGroup: (size: number, seconds: number) => void;
  readonly crashPoint: CrashPoint;
}

type AcceptRow =
  | {
      i: number;
      ok: true;
      id: string;
      conversationId: string;
      accountId?: string;
      status: StoredMessageStatus;
      acceptedAt: string;
      replayed: boolean;
    }
  | { i: number; ok: false; code: string; message?: string };

interface Submitted {
  readonly message: NewMessage;
  readonly traceparent: string | undefined;
}

/** Messages of many tenants in one call and one commit; each gets its own answer. */
export function createAcceptStore(db: Database, options: AcceptStoreOptions): AcceptStore {
  const committer = groupCommitter<Submitted, Accepted>({
    flush: async (group) => {
      const startedAt = performance.now();
      const batch = group.map((submitted, i) => toElement(db, submitted, i));
      const calling = callOnce(db.pool, "messaging.accept_messages($1::jsonb)", [
        JSON.stringify(batch),
      ]);
      setImmediate(() => options.crashPoint("K0a"));
      // The function's own shape: one row for each element.
      const rows = (await calling) as AcceptRow[];
      options.crashPoint("K0b");
      options.onGroup(group.length, (performance.now() - startedAt) / 1000);
      const byIndex = new Map(rows.map((row) => [row.i, row]));
      return group.map(({ message }, i) => toAccepted(message, byIndex.get(i)));
    },
  });
  return {
    accept: (message) =>
      withSpan("accept", { attributes: { "messaging.message.id": message.id } }, async () => {
        try {
          // Everything that happens to the message later continues this span.
          return await committer.submit({ message, traceparent: injectTrace() });
        } catch (error) {
          throw error instanceof AmbiguousCommit ? ambiguous(error) : error;
        }
      }),
    close: () => committer.close(),
    get size() {
      return committer.size;
    },
  };
}

function toElement(db: Database, { message, traceparent }: Submitted, i: number): object {
  const [first, ...chain] = message.legs;
  return {
    i,
    tenant: db.sealer.seal(message.orgId),
    id: message.id,
    idempotencyKey: message.idempotencyKey,
    requestHash: message.requestHash,
    route: message.route,
    accountId: first.accountId,
    conversation: {
      channel: first.channel,
      recipientKind: first.recipientKind,
      recipientValue: first.recipientValue,
      leadId: message.leadId,
    },
    chain,
    lane: laneNumber[message.lane],
    content: message.content,
    contentHash: message.contentHash,
    providerToken: message.providerToken,
    sendAt: message.sendAt,
    replyTo: message.replyTo,
    metadata: message.metadata ?? {},
    createdBy: message.createdBy,
    traceparent,
  };
}

function toAccepted(message: NewMessage, row: AcceptRow | undefined): Accepted {
  if (row === undefined) throw new Error("accept_messages left an element without an answer");
  if (!row.ok) {
    const code = isErrorCode(row.code) ? row.code : "INTERNAL";
    return { ok: false, code, message: row.message ?? "The message was refused", details: {} };
  }
  return {
    ok: true,
    replayed: row.replayed,
    message: {
      id: row.id,
      status: row.status,
      conversationId: row.conversationId,
      accountId: row.accountId ?? message.legs[0].accountId,
      acceptedAt: isoOf(row.acceptedAt),
    },
  };
}

function ambiguous(cause: AmbiguousCommit): AppError {
  return new AppError(
    "UNAVAILABLE",
    "It is not known whether the message was stored; repeat with the same Idempotency-Key",
    { retryAfterS: 1, cause },
  );
}

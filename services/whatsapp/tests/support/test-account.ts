import { randomUUID } from "node:crypto";
import type {
  AttemptContent,
  ChannelDriver,
  DriverContext,
  DriverState,
  InboundItem,
  MediaStore,
  OutboundAttempt,
  Receipt,
  SendPermit,
} from "@rarity/channel-kit";
import { pino } from "pino";
import { openSession } from "../../src/adapters/baileys/open-session.ts";
import { direct } from "../../src/adapters/proxy/way-out.ts";
import type { WayOut } from "../../src/adapters/proxy/way-out.ts";
import { parseMasterKeys } from "../../src/domain/data-key.ts";
import { createWhatsAppDriver } from "../../src/usecases/driver.ts";
import type { PairingBoard, PairingMethod } from "../../src/usecases/ports.ts";
import { createMemoryRows } from "./memory-rows.ts";
import type { MemoryRows } from "./memory-rows.ts";

export type TestAccount = {
  id: string;
  driver: ChannelDriver;
  rows: MemoryRows;
  states: DriverState[];
  receipts: Receipt[];
  inbound: InboundItem[];
  /** Starts with a fresh context, as after a new lease. */
  connect(): Promise<void>;
  isOpen(): boolean;
  /** After a logout nothing is offered until somebody asks. */
  askForPairing(): void;
  attempt(to: string, content: AttemptContent): OutboundAttempt;
};

export type TestAccountDeps = {
  wireUrl: string;
  media: MediaStore;
  pairing: PairingMethod;
  /** Through a proxy; the default goes directly. */
  wayOut?: WayOut;
  /** What the person with the phone does with what they see. */
  onShown(method: "qr" | "code", value: string): Promise<void>;
  keepAliveIntervalMs?: number;
  /** Another process of the same account: the same stored session. */
  like?: TestAccount;
};

export const orgId = "00000000-0000-7000-8000-000000000001";

/** A driver with everything around it but the kit: rows in memory, and lists of what it reported. */
export function createTestAccount(deps: TestAccountDeps): TestAccount {
  const accountId = deps.like?.id ?? randomUUID();
  const logger = pino({ level: "silent" });
  const rows = deps.like?.rows ?? createMemoryRows();
  let offered = true;
  const board: PairingBoard = {
    show: ({ method, value }) => deps.onShown(method, value),
    finish: () => Promise.resolve(),
    close: () => {
      offered = false;
      return Promise.resolve();
    },
    wanted: () => Promise.resolve(offered ? deps.pairing : undefined),
    isAskedAnew: () => Promise.resolve(false),
  };
  const session = {
    ...{ orgId, accountId, displayName: "Sales", logger, rows, media: deps.media },
    masters: parseMasterKeys(`v1:${"ab".repeat(32)}`),
    settings: {
      ...quickSettings,
      ...(deps.keepAliveIntervalMs === undefined
        ? {}
        : { keepAliveIntervalMs: deps.keepAliveIntervalMs }),
      url: deps.wireUrl,
      wayOut: deps.wayOut ?? direct,
    },
  };
  const driver = createWhatsAppDriver({
    sessionsFor: () => () => openSession(session),
    boardFor: () => board,
    timing: { writeWindowMs: 2000, ackTimeoutMs: 20_000, settleMs: 60_000 },
    random: Math.random,
  });
  const account: TestAccount = {
    ...{ id: accountId, driver, rows, states: [], receipts: [], inbound: [] },
    connect: () => driver.connect(contextOf(account, { accountId, logger, media: deps.media })),
    askForPairing: () => {
      offered = true;
    },
    isOpen: () => account.states.at(-1)?.state === "open",
    attempt: (to, content) => ({
      messageId: randomUUID(),
      attemptNo: 1,
      conversationId: randomUUID(),
      providerToken: `3EB0${randomUUID().replaceAll("-", "").toUpperCase().slice(0, 18)}`,
      recipient: { kind: "phone", value: `+${to}` },
      content,
      lane: "opener",
      stranger: true,
    }),
  };
  return account;
}

const quickSettings = {
  connectTimeoutMs: 20_000,
  keepAliveIntervalMs: 30_000,
  watchdogMs: 45_000,
  offlineWaitMs: 20_000,
  mediaTimeoutMs: 20_000,
};

function contextOf(
  account: TestAccount,
  given: Pick<DriverContext, "accountId" | "logger" | "media">,
): DriverContext {
  return {
    ...given,
    orgId,
    token: 1,
    holder: "test",
    signal: new AbortController().signal,
    leaseHeldFor: () => true,
    onState: (state) => void account.states.push(state),
    onReceipts: (receipts) => {
      account.receipts.push(...receipts);
      return Promise.resolve();
    },
    onInbound: (items) => {
      account.inbound.push(...items);
      return Promise.resolve([]);
    },
    crashPoint: () => undefined,
  };
}

export type TestPermit = SendPermit & { readonly entries: number };

/** Counts how often the driver went through the gate; `refuse` throws there. */
export function createTestPermit(
  options: { resend?: boolean; signal?: AbortSignal; refuse?: Error } = {},
): TestPermit {
  let entries = 0;
  return {
    enter() {
      if (options.refuse !== undefined) throw options.refuse;
      entries += 1;
    },
    get entered() {
      return entries > 0;
    },
    get entries() {
      return entries;
    },
    signal: options.signal ?? new AbortController().signal,
    resend: options.resend ?? false,
  };
}

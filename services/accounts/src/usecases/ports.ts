import type { AccountLimits, AccountPacing, PairingMethod } from "@rarity/contracts/accounts";
import type { AccountRuntime, EnsureAccountBody } from "@rarity/contracts/internal";

/** One account as it is stored. */
export interface AccountRow {
  id: string;
  orgId: string;
  name: string;
  displayName: string;
  channel: string;
  state: string;
  reason: string | null;
  detail: string | null;
  paused: boolean;
  logoutRequestedAt: Date | null;
  phone: string | null;
  limits: AccountLimits;
  pacing: AccountPacing;
  lastConnectedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

export interface PairingRow {
  state: "none" | "requested" | "waiting" | "paired" | "expired" | "failed";
  method: PairingMethod | null;
  qr: string | null;
  code: string | null;
  expiresAt: Date | null;
  reason: string | null;
}

export interface WindowRow {
  name: "minute" | "hour" | "day" | "strangersPerDay" | "warmUp";
  cap: number | null;
  used: number;
  resetsAt: Date | null;
}

export interface ListQuery {
  limit: number;
  channel: string | undefined;
  state: string | undefined;
  after: string | undefined;
  before: string | undefined;
}

export interface NewAccount {
  id: string;
  name: string;
  displayName: string;
  channel: string;
  phone: string | null;
  limits: AccountLimits;
  pacing: AccountPacing;
}

/** What is stored about the accounts of one organization. */
export interface AccountStore {
  list(orgId: string, query: ListQuery): Promise<AccountRow[]>;
  get(orgId: string, id: string): Promise<AccountRow | undefined>;
  /** `beforeCommit` failing leaves nothing behind. False: the name is taken. */
  create(orgId: string, account: NewAccount, beforeCommit: () => Promise<void>): Promise<boolean>;
  update(
    orgId: string,
    id: string,
    change: { displayName?: string; limits?: AccountLimits; pacing?: AccountPacing },
  ): Promise<void>;
  setPaused(orgId: string, id: string, paused: boolean): Promise<void>;
  remove(orgId: string, id: string): Promise<void>;
  /** True: nothing is stored (any more), so there is nothing to wait for. */
  requestLogout(orgId: string, id: string, reason: string): Promise<boolean>;
  /** Without the provider, and against whoever holds the lease. */
  eraseSession(orgId: string, id: string, reason: string): Promise<void>;
  pairing(orgId: string, id: string): Promise<PairingRow | undefined>;
  requestPairing(
    orgId: string,
    id: string,
    request: { method: PairingMethod; phone: string | null },
  ): Promise<void>;
  windows(orgId: string, id: string): Promise<WindowRow[]>;
  /** False: another organization has this id, or another account this name. */
  ensure(id: string, body: EnsureAccountBody): Promise<boolean>;
  runtimes(): Promise<AccountRuntime[]>;
}

export interface AccountResource {
  name: string;
  namespace: string;
  accountId: string;
  orgId: string;
  desiredReplicas: number;
  readyReplicas: number;
}

/** The account resources of the platform. The operator turns them into processes. */
export interface AccountResources {
  list(): Promise<AccountResource[]>;
  create(name: string, spec: Record<string, unknown>): Promise<void>;
  patchSpec(resource: AccountResource, change: Record<string, unknown>): Promise<void>;
  remove(resource: AccountResource): Promise<void>;
}

export interface AccountsDeps {
  store: AccountStore;
  resources: AccountResources;
  newId: () => string;
  drawQr: (text: string) => Promise<string>;
  now: () => Date;
}

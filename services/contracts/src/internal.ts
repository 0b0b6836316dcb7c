import { z } from "zod";
import { AccountLimits, AccountPacing } from "./accounts.ts";
import { Channel } from "./channels.ts";
import { AccountId, Id, IdParams, OrgId, Time } from "./ids.ts";
import { defineRoute } from "./route.ts";
import { Role, Scope } from "./scopes.ts";

export const AccountDepth = z.strictObject({
  accountId: AccountId,
  orgId: OrgId,
  /** Due now. */
  ready: z.int().nonnegative(),
  /** Queued for later. */
  waiting: z.int().nonnegative(),
  oldestReadyAgeMs: z.number().nonnegative(),
  nextDueAt: Time.nullable(),
});
export type AccountDepth = z.infer<typeof AccountDepth>;

export const QueueDepth = z.strictObject({ at: Time, accounts: z.array(AccountDepth) });
export type QueueDepth = z.infer<typeof QueueDepth>;

const internal = { tag: "internal", auth: "internal" } as const;

export const queueDepthRoute = defineRoute({
  ...internal,
  method: "GET",
  path: "/internal/queue-depth",
  operationId: "getQueueDepth",
  summary: "Queue depth of every account in one answer",
  response: { status: 200, schema: QueueDepth },
  errors: ["UNAUTHENTICATED", "UNAVAILABLE"],
});

export const EnsureAccountBody = z.strictObject({
  orgId: OrgId,
  name: z.string().min(1).max(253),
  displayName: z.string().max(100).optional(),
  channel: Channel,
  paused: z.boolean().optional(),
  limits: AccountLimits.optional(),
  pacing: AccountPacing.optional(),
});
export type EnsureAccountBody = z.infer<typeof EnsureAccountBody>;

export const EnsuredAccount = z.strictObject({
  id: AccountId,
  orgId: OrgId,
  name: z.string(),
  channel: Channel,
});

export const ensureAccountRoute = defineRoute({
  ...internal,
  method: "PUT",
  path: "/internal/accounts/:id",
  operationId: "ensureAccount",
  summary: "Make sure an account's row exists; repeating it changes nothing",
  params: IdParams,
  body: EnsureAccountBody,
  response: { status: 200, schema: EnsuredAccount },
  errors: ["VALIDATION_FAILED", "MALFORMED_JSON", "UNAUTHENTICATED", "CONFLICT"],
});

/** What the operator reads to fill a resource's status. */
export const AccountRuntime = z.strictObject({
  id: AccountId,
  orgId: OrgId,
  state: z.string(),
  reason: z.string().nullable(),
  detail: z.string().nullable(),
  paired: z.boolean(),
  phone: z.string().nullable(),
  holder: z.string().nullable(),
  leaseExpiresAt: Time.nullable(),
  pairingRequestedAt: Time.nullable(),
  logoutRequestedAt: Time.nullable(),
  lastActivityAt: Time.nullable(),
});
export type AccountRuntime = z.infer<typeof AccountRuntime>;

export const listAccountRuntimeRoute = defineRoute({
  ...internal,
  method: "GET",
  path: "/internal/accounts",
  operationId: "listAccountRuntime",
  summary: "State of every account, for the operator",
  response: {
    status: 200,
    schema: z.strictObject({ at: Time, accounts: z.array(AccountRuntime) }),
  },
  errors: ["UNAUTHENTICATED", "UNAVAILABLE"],
});

/** Why the operator ends a session: its resource is deleted with `deletionPolicy: Delete`. */
export const EndSessionBody = z.strictObject({
  orgId: OrgId,
  reason: z.string().min(1).max(100),
});
export type EndSessionBody = z.infer<typeof EndSessionBody>;

/** `done`: no device is linked and nothing is stored. An account nobody knows is done, too. */
export const EndedSession = z.strictObject({ done: z.boolean() });
export type EndedSession = z.infer<typeof EndedSession>;

export const logoutRuntimeRoute = defineRoute({
  ...internal,
  method: "POST",
  path: "/internal/accounts/:id/logout",
  operationId: "logoutAccountRuntime",
  summary: "Ask for a logout, or learn that it is done; repeating it changes nothing",
  params: IdParams,
  body: EndSessionBody,
  response: { status: 200, schema: EndedSession },
  errors: ["VALIDATION_FAILED", "MALFORMED_JSON", "UNAUTHENTICATED", "UNAVAILABLE"],
});

export const eraseSessionRoute = defineRoute({
  ...internal,
  method: "POST",
  path: "/internal/accounts/:id/erase-session",
  operationId: "eraseAccountSession",
  summary: "Erase a session without telling the provider, and fence whoever holds it",
  params: IdParams,
  body: EndSessionBody,
  response: { status: 200, schema: EndedSession },
  errors: ["VALIDATION_FAILED", "MALFORMED_JSON", "UNAUTHENTICATED", "UNAVAILABLE"],
});

export const VerifyApiKeyBody = z.strictObject({ key: z.string().min(1).max(200) });

export const VerifiedApiKey = z.strictObject({
  valid: z.boolean(),
  keyId: Id.nullable(),
  orgId: OrgId.nullable(),
  userId: Id.nullable(),
  role: Role.nullable(),
  scopes: z.array(Scope),
  expiresAt: Time.nullable(),
});
export type VerifiedApiKey = z.infer<typeof VerifiedApiKey>;

export const verifyApiKeyRoute = defineRoute({
  ...internal,
  method: "POST",
  path: "/internal/api-keys/verify",
  operationId: "verifyApiKey",
  summary: "Tell whether an API key is valid and what it may do",
  body: VerifyApiKeyBody,
  response: { status: 200, schema: VerifiedApiKey },
  errors: ["VALIDATION_FAILED", "MALFORMED_JSON", "UNAUTHENTICATED"],
});

export const internalRoutes = [
  queueDepthRoute,
  ensureAccountRoute,
  listAccountRuntimeRoute,
  logoutRuntimeRoute,
  eraseSessionRoute,
  verifyApiKeyRoute,
] as const;

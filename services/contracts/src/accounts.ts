import { z } from "zod";
import { Channel } from "./channels.ts";
import { AccountId, IdParams, OrgId, Time } from "./ids.ts";
import { pageOf, pageQueryShape } from "./pagination.ts";
import { defineRoute } from "./route.ts";

/** What the account is doing; `reason` says why. */
export const accountStates = [
  "pending",
  "pairing",
  "connecting",
  "connected",
  "reconnecting",
  "hibernated",
  "paused",
  "restricted",
  "logged_out",
  "failed",
] as const;
export const AccountState = z.enum(accountStates);
export type AccountState = z.infer<typeof AccountState>;

export const PairingMethod = z.enum(["QR", "Code"]);
export type PairingMethod = z.infer<typeof PairingMethod>;

export const PhoneNumber = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, "a phone number in E.164, such as +14155550100");

/** The same shape and bounds as `spec.limits` and `spec.pacing` of the WhatsAppAccount resource. */
export const WarmUp = z
  .strictObject({
    enabled: z.boolean().default(true),
    startPerDay: z.int().min(1).max(100_000).optional(),
    growthPercent: z.int().min(1).max(1000).optional(),
    restartAfterIdleHours: z.int().min(1).max(8760).optional(),
  })
  .refine(
    (ramp) => !ramp.enabled || (ramp.startPerDay !== undefined && ramp.growthPercent !== undefined),
    "startPerDay and growthPercent are needed while the ramp is enabled",
  );

/** Absent means the channel's careful default. */
export const AccountLimits = z.strictObject({
  perMinute: z.int().min(1).max(100_000).optional(),
  perHour: z.int().min(1).max(1_000_000).optional(),
  perDay: z.int().min(1).max(10_000_000).optional(),
  strangersPerDay: z.int().min(0).max(10_000_000).optional(),
  warmUp: WarmUp.optional(),
});
export type AccountLimits = z.infer<typeof AccountLimits>;

export const AccountPacing = z.strictObject({
  minGapMs: z.int().min(0).max(3_600_000).optional(),
  maxGapMs: z.int().min(0).max(3_600_000).optional(),
  typing: z.enum(["Simulate", "Off"]).optional(),
});
export type AccountPacing = z.infer<typeof AccountPacing>;

export const Account = z.strictObject({
  id: AccountId,
  orgId: OrgId,
  name: z.string(),
  displayName: z.string(),
  channel: Channel,
  state: AccountState,
  /** One word for programs: `temporary_ban`, `device_removed`, `logout_requested`. */
  reason: z.string().nullable(),
  /** One sentence for people: what happened and what to do about it. */
  message: z.string().nullable(),
  paused: z.boolean(),
  /** Somebody asked to unlink the device, and it is not done yet. */
  logoutRequestedAt: Time.nullable(),
  phone: z.string().nullable(),
  replicas: z.strictObject({ desired: z.int(), ready: z.int() }).nullable(),
  limits: AccountLimits,
  pacing: AccountPacing,
  lastConnectedAt: Time.nullable(),
  createdAt: Time,
  updatedAt: Time,
});
export type Account = z.infer<typeof Account>;

const accountName = z
  .string()
  .regex(/^[a-z0-9](?:[-a-z0-9]{0,48}[a-z0-9])?$/, "lower case letters, digits and dashes");

export const CreateAccountBody = z.strictObject({
  channel: Channel.default("whatsapp"),
  name: accountName,
  displayName: z.string().trim().min(1).max(100).optional(),
  phone: PhoneNumber.optional(),
  pairing: z.strictObject({ method: PairingMethod }).default({ method: "QR" }),
  limits: AccountLimits.optional(),
  pacing: AccountPacing.optional(),
  minReplicas: z.int().min(0).max(1).optional(),
  maxReplicas: z.int().min(1).max(10).optional(),
  hibernateAfterSeconds: z.int().min(0).max(604_800).optional(),
});
export type CreateAccountBody = z.infer<typeof CreateAccountBody>;

export const UpdateAccountBody = z.strictObject({
  displayName: z.string().trim().min(1).max(100).optional(),
  limits: AccountLimits.optional(),
  pacing: AccountPacing.optional(),
  minReplicas: z.int().min(0).max(1).optional(),
  maxReplicas: z.int().min(1).max(10).optional(),
  hibernateAfterSeconds: z.int().min(0).max(604_800).optional(),
});
export type UpdateAccountBody = z.infer<typeof UpdateAccountBody>;

export const PairingState = z.enum(["none", "requested", "waiting", "paired", "expired", "failed"]);
export type PairingState = z.infer<typeof PairingState>;

export const Pairing = z.strictObject({
  accountId: AccountId,
  state: PairingState,
  method: PairingMethod.nullable(),
  /** The text inside the QR picture; changes about every 20 seconds until it is scanned. */
  qr: z.string().nullable(),
  /** A data URL with the QR picture. */
  qrImage: z.string().nullable(),
  code: z.string().nullable(),
  expiresAt: Time.nullable(),
  reason: z.string().nullable(),
});
export type Pairing = z.infer<typeof Pairing>;

export const StartPairingBody = z
  .strictObject({ method: PairingMethod.default("QR"), phone: PhoneNumber.optional() })
  .refine((body) => body.method === "QR" || body.phone !== undefined, {
    path: ["phone"],
    message: "pairing by code needs the phone number",
  });
export type StartPairingBody = z.infer<typeof StartPairingBody>;

export const LimitWindow = z.strictObject({
  name: z.enum(["minute", "hour", "day", "strangersPerDay", "warmUp"]),
  cap: z.int().nullable(),
  used: z.int(),
  remaining: z.int().nullable(),
  resetsAt: Time.nullable(),
});

export const AccountLimitsReport = z.strictObject({
  accountId: AccountId,
  windows: z.array(LimitWindow),
  nextSlotAt: Time.nullable(),
});
export type AccountLimitsReport = z.infer<typeof AccountLimitsReport>;

const readErrors = ["VALIDATION_FAILED", "UNAUTHENTICATED", "FORBIDDEN"] as const;
const oneErrors = [...readErrors, "NOT_FOUND"] as const;
const actErrors = [...oneErrors, "CONFLICT", "UNAVAILABLE"] as const;
const writeErrors = [...actErrors, "MALFORMED_JSON", "UNSUPPORTED_MEDIA_TYPE"] as const;
const read = { tag: "accounts", auth: "tenant", scopes: ["accounts:read"] } as const;
const write = { tag: "accounts", auth: "tenant", scopes: ["accounts:write"] } as const;

export const listAccountsRoute = defineRoute({
  ...read,
  method: "GET",
  path: "/api/accounts",
  operationId: "listAccounts",
  summary: "List sending accounts",
  query: z.strictObject({
    ...pageQueryShape,
    channel: Channel.optional(),
    state: AccountState.optional(),
  }),
  response: { status: 200, schema: pageOf(Account) },
  errors: readErrors,
});

export const createAccountRoute = defineRoute({
  ...write,
  method: "POST",
  path: "/api/accounts",
  operationId: "createAccount",
  summary: "Create a sending account by writing its resource",
  body: CreateAccountBody,
  response: { status: 201, schema: Account },
  errors: writeErrors,
});

export const getAccountRoute = defineRoute({
  ...read,
  method: "GET",
  path: "/api/accounts/:id",
  operationId: "getAccount",
  summary: "Read a sending account",
  params: IdParams,
  response: { status: 200, schema: Account },
  errors: oneErrors,
});

export const updateAccountRoute = defineRoute({
  ...write,
  method: "PATCH",
  path: "/api/accounts/:id",
  operationId: "updateAccount",
  summary: "Change limits, pacing or scaling of an account",
  params: IdParams,
  body: UpdateAccountBody,
  response: { status: 200, schema: Account },
  errors: writeErrors,
});

export const deleteAccountRoute = defineRoute({
  ...write,
  method: "DELETE",
  path: "/api/accounts/:id",
  operationId: "deleteAccount",
  summary: "Remove an account; its history stays",
  params: IdParams,
  response: { status: 204 },
  errors: actErrors,
});

export const getPairingRoute = defineRoute({
  ...read,
  method: "GET",
  path: "/api/accounts/:id/pairing",
  operationId: "getPairing",
  summary: "Read the QR text and picture or the code to pair with",
  params: IdParams,
  response: { status: 200, schema: Pairing },
  errors: oneErrors,
});

export const startPairingRoute = defineRoute({
  ...write,
  method: "POST",
  path: "/api/accounts/:id/pairing",
  operationId: "startPairing",
  summary: "Ask for a new QR or code",
  params: IdParams,
  body: StartPairingBody,
  response: { status: 202, schema: Pairing },
  errors: writeErrors,
});

function accountAction(action: string, operationId: string, summary: string) {
  return defineRoute({
    ...write,
    method: "POST",
    path: `/api/accounts/:id/${action}`,
    operationId,
    summary,
    params: IdParams,
    response: { status: 202, schema: Account },
    errors: actErrors,
  });
}

export const pauseAccountRoute = accountAction(
  "pause",
  "pauseAccount",
  "Stop sending; replies are still received",
);
export const resumeAccountRoute = accountAction("resume", "resumeAccount", "Send again");
export const logoutAccountRoute = accountAction(
  "logout",
  "logoutAccount",
  "Unlink the device and erase its session; done when the state is logged_out",
);

export const getAccountLimitsRoute = defineRoute({
  ...read,
  method: "GET",
  path: "/api/accounts/:id/limits",
  operationId: "getAccountLimits",
  summary: "Read caps, what is used and left, and the next free slot",
  params: IdParams,
  response: { status: 200, schema: AccountLimitsReport },
  errors: oneErrors,
});

export const accountRoutes = [
  listAccountsRoute,
  createAccountRoute,
  getAccountRoute,
  updateAccountRoute,
  deleteAccountRoute,
  getPairingRoute,
  startPairingRoute,
  pauseAccountRoute,
  resumeAccountRoute,
  logoutAccountRoute,
  getAccountLimitsRoute,
] as const;

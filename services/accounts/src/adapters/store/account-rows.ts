import { AccountLimits, AccountPacing, PairingMethod } from "@rarity/contracts/accounts";
import { z } from "zod";
import type { AccountRow, PairingRow, WindowRow } from "../../usecases/ports.ts";

/** Columns of `channels.account` under the names the code uses. */
export const accountColumns = `id, org_id as "orgId", name, display_name as "displayName", channel,
  state, state_reason as reason, state_detail as detail, paused, phone, limits, pacing,
  logout_requested_at as "logoutRequestedAt",
  last_connected_at as "lastConnectedAt", created_at as "createdAt", updated_at as "updatedAt"`;

const accountRow = z.object({
  id: z.string(),
  orgId: z.string(),
  name: z.string(),
  displayName: z.string(),
  channel: z.string(),
  state: z.string(),
  reason: z.string().nullable(),
  detail: z.string().nullable(),
  paused: z.boolean(),
  logoutRequestedAt: z.date().nullable(),
  phone: z.string().nullable(),
  limits: AccountLimits,
  pacing: AccountPacing,
  lastConnectedAt: z.date().nullable(),
  createdAt: z.date(),
  updatedAt: z.date(),
});

export const toAccountRow = (row: unknown): AccountRow => accountRow.parse(row);

const pairingRow = z.object({
  state: z.enum(["none", "requested", "waiting", "paired", "expired", "failed"]),
  method: PairingMethod.nullable(),
  qr: z.string().nullable(),
  code: z.string().nullable(),
  expiresAt: z.date().nullable(),
  reason: z.string().nullable(),
});

export const toPairingRow = (row: unknown): PairingRow => pairingRow.parse(row);

const windowRow = z.object({
  name: z.enum(["minute", "hour", "day", "strangersPerDay", "warmUp"]),
  cap: z.number().nullable(),
  used: z.number(),
  resetsAt: z.date().nullable(),
});

export const toWindowRow = (row: unknown): WindowRow => windowRow.parse(row);

const runtimeRow = z.object({
  id: z.string(),
  org_id: z.string(),
  state: z.string(),
  reason: z.string().nullable(),
  detail: z.string().nullable(),
  paired: z.boolean(),
  phone: z.string().nullable(),
  holder: z.string().nullable(),
  lease_expires_at: z.date().nullable(),
  pairing_requested_at: z.date().nullable(),
  logout_requested_at: z.date().nullable(),
  last_activity_at: z.date().nullable(),
});

export type RuntimeRow = z.infer<typeof runtimeRow>;
export const toRuntimeRow = (row: unknown): RuntimeRow => runtimeRow.parse(row);

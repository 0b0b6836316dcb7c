import type { Channel, IdentityKind } from "@rarity/contracts/channels";
import type { ContactIdentity } from "@rarity/contracts/leads";

export interface IdentityRow {
  id: string;
  lead_id: string;
  channel: Channel;
  kind: IdentityKind;
  value: string;
  scope_account_id: string | null;
  valid: boolean;
  verified_at: Date | null;
  replaced_by: string | null;
  created_at: Date;
}

export const identityColumns = `id, lead_id, channel, kind, value, scope_account_id, valid,
  verified_at, replaced_by, created_at`;

export function toIdentity(row: IdentityRow): ContactIdentity {
  return {
    id: row.id,
    leadId: row.lead_id,
    channel: row.channel,
    kind: row.kind,
    value: row.value,
    scopeAccountId: row.scope_account_id,
    valid: row.valid,
    verifiedAt: row.verified_at?.toISOString() ?? null,
    replacedBy: row.replaced_by,
    createdAt: row.created_at.toISOString(),
  };
}

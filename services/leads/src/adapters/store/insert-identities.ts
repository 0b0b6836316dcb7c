import type { NewIdentity } from "@rarity/contracts/leads";
import type { Tx } from "@rarity/platform/postgres";
import { identityColumns, type IdentityRow } from "./identity-row.ts";
import { requireAccounts } from "./require-references.ts";

export interface LeadRef {
  readonly orgId: string;
  readonly leadId: string;
}

export async function insertIdentities(
  tx: Tx,
  { orgId, leadId }: LeadRef,
  identities: readonly NewIdentity[],
): Promise<IdentityRow[]> {
  if (identities.length === 0) return [];
  await requireAccounts(
    tx,
    identities.map(({ scopeAccountId }) => scopeAccountId),
  );
  const { rows } = await tx.query<IdentityRow>(
    `insert into leads.contact_identity (org_id, lead_id, channel, kind, value, scope_account_id)
     select $1, $2, channel, kind, value, scope
     from unnest($3::text[], $4::text[], $5::text[], $6::uuid[]) as given (channel, kind, value, scope)
     returning ${identityColumns}`,
    [
      orgId,
      leadId,
      identities.map(({ channel }) => channel),
      identities.map(({ kind }) => kind),
      identities.map(({ value }) => value),
      identities.map(({ scopeAccountId }) => scopeAccountId),
    ],
  );
  return rows;
}

import type { PairingMethod } from "@rarity/contracts/accounts";
import type { Tx } from "@rarity/platform/postgres";

/** Asks the channel process for a new QR or code; the request also wakes a hibernated account. */
export const requestPairing = async (
  tx: Tx,
  owner: { orgId: string; id: string },
  request: { method: PairingMethod; phone: string | null },
): Promise<void> => {
  await tx.query(
    `insert into channels.pairing (org_id, account_id, method, phone, state)
     values ($1, $2, $3, $4, 'requested')
     on conflict (org_id, account_id) do update
       set method = excluded.method, phone = coalesce(excluded.phone, pairing.phone),
           state = 'requested', qr = null, code = null, expires_at = null, reason = null,
           requested_at = now(), updated_at = now()`,
    [owner.orgId, owner.id, request.method, request.phone],
  );
};

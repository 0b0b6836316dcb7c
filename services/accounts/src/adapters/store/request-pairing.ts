import type { PairingMethod } from "@rarity/contracts/accounts";
import type { Tx } from "@rarity/platform/postgres";

/**
 * Asks the channel process for a QR or code; the request also wakes a hibernated account. An offer of
 * the same kind that is still good stays: taking it away would show nothing until the next one comes.
 */
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
           requested_at = now(), updated_at = now()
       where not (pairing.state = 'waiting' and pairing.method = excluded.method
         and pairing.expires_at > now() and pairing.phone is not distinct from
           coalesce(excluded.phone, pairing.phone))`,
    [owner.orgId, owner.id, request.method, request.phone],
  );
};

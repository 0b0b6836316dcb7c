import { z } from "zod";
import type { PairingBoard, PairingMethod } from "../../usecases/ports.ts";
import type { InTenant } from "./session-rows-postgres.ts";

export type PairingBoardDeps = {
  inTenant: InTenant;
  orgId: string;
  accountId: string;
  /** From the account's resource; a request in the table may ask for the other way. */
  preferred: PairingMethod;
  /** Offers in a row that nobody took before somebody has to ask again. */
  roundsMax: number;
};

const requestRow = z.object({
  method: z.enum(["QR", "Code"]),
  phone: z.string().nullable(),
  state: z.string(),
  // Text: a request is known by its microseconds.
  requested_at: z.string(),
});

/** `channels.pairing`: what the dashboard shows, and where it asks for a new code. */
export function createPairingBoard(deps: PairingBoardDeps): PairingBoard {
  const owner = [deps.orgId, deps.accountId];
  let roundsLeft = deps.roundsMax;
  // The request that is being answered; one made after it must outlive what is shown until it is taken.
  let taken: string | null = null;
  const read = async () =>
    deps.inTenant(async (query) => {
      const { rows } = await query(selectPairing, owner);
      return rows.length === 0 ? undefined : requestRow.parse(rows[0]);
    });

  return {
    show: ({ method, value, expiresAt }) =>
      deps.inTenant(async (query) => {
        const qr = method === "qr" ? value : null;
        const code = method === "code" ? value : null;
        const kind = method === "qr" ? "QR" : "Code";
        await query(showPairing, [...owner, kind, qr, code, expiresAt, taken]);
      }),
    finish: (state) =>
      deps.inTenant(async (query) => {
        if (state === "paired") roundsLeft = deps.roundsMax;
        await query(finishPairing, [...owner, state, taken]);
      }),
    close: () =>
      deps.inTenant(async (query) => {
        roundsLeft = deps.roundsMax;
        await query(closePairing, owner);
      }),
    async wanted() {
      const row = await read();
      // After a logout an offer nobody asked for would hide from people why they are logged out.
      if (row?.state === "none") return undefined;
      if (row?.state === "requested") {
        roundsLeft = deps.roundsMax;
        taken = row.requested_at;
      }
      if (roundsLeft <= 0) return undefined;
      roundsLeft -= 1;
      return row?.state === "requested" ? requested(row, deps.preferred) : deps.preferred;
    },
    async isAskedAnew() {
      const row = await read();
      return row?.state === "requested" && row.requested_at !== taken;
    },
  };
}

function requested(row: z.infer<typeof requestRow>, preferred: PairingMethod): PairingMethod {
  if (row.method === "QR") return { method: "qr" };
  const phone = row.phone ?? (preferred.method === "code" ? preferred.phone : undefined);
  return phone === undefined ? { method: "qr" } : { method: "code", phone };
}

const showPairing = `insert into channels.pairing as p
    (org_id, account_id, method, qr, code, state, expires_at)
  values ($1, $2, $3, $4, $5, 'waiting', $6)
  on conflict (org_id, account_id) do update
    set method = excluded.method, qr = excluded.qr, code = excluded.code, state = 'waiting',
        reason = null, expires_at = excluded.expires_at, updated_at = now()
    where p.state <> 'requested' or p.requested_at = $7::timestamptz`;

const finishPairing = `update channels.pairing
  set state = $3, qr = null, code = null, expires_at = null, updated_at = now()
  where org_id = $1 and account_id = $2
    and (state <> 'requested' or requested_at = $4::timestamptz or $3 = 'paired')`;

const closePairing = `insert into channels.pairing (org_id, account_id, method, state)
  values ($1, $2, 'QR', 'none')
  on conflict (org_id, account_id) do update
    set state = 'none', qr = null, code = null, expires_at = null, reason = null, updated_at = now()
    where pairing.state <> 'requested'`;

const selectPairing = `select method, phone, state, requested_at::text from channels.pairing
  where org_id = $1 and account_id = $2`;

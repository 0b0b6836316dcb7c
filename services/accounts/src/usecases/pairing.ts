import type { Pairing, StartPairingBody } from "@rarity/contracts/accounts";
import { AppError } from "@rarity/platform/errors";
import { findRow, type AccountKey } from "./find-account.ts";
import type { AccountsDeps, PairingRow } from "./ports.ts";

/** What to scan or type now. An offer that has run out is not shown. */
export const readPairing = async (deps: AccountsDeps, key: AccountKey): Promise<Pairing> => {
  await findRow(deps, key);
  const row = (await deps.store.pairing(key.orgId, key.id)) ?? noPairing;
  const isOver = row.expiresAt !== null && row.expiresAt <= deps.now();
  const { qr, code } = isOver ? noPairing : row;
  return {
    accountId: key.id,
    state: row.state,
    method: row.method,
    qr,
    qrImage: qr === null ? null : await deps.drawQr(qr),
    code,
    expiresAt: row.expiresAt?.toISOString() ?? null,
    reason: row.reason,
  };
};

const noPairing: PairingRow = {
  state: "none",
  method: null,
  qr: null,
  code: null,
  expiresAt: null,
  reason: null,
};

export const startPairing = async (
  deps: AccountsDeps,
  key: AccountKey,
  body: StartPairingBody,
): Promise<Pairing> => {
  const row = await findRow(deps, key);
  if (row.logoutRequestedAt !== null) {
    throw new AppError("CONFLICT", "The account is being logged out: pair it when that is done");
  }
  const phone = body.phone ?? null;
  await deps.store.requestPairing(key.orgId, key.id, { method: body.method, phone });
  return readPairing(deps, key);
};

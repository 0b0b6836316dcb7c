import type { Pairing, StartPairingBody } from "@rarity/contracts/accounts";
import { findRow, type AccountKey } from "./find-account.ts";
import type { AccountsDeps } from "./ports.ts";

/** What to scan or type now. An offer that has run out is not shown. */
export const readPairing = async (deps: AccountsDeps, key: AccountKey): Promise<Pairing> => {
  await findRow(deps, key);
  const row = await deps.store.pairing(key.orgId, key.id);
  const expiresAt = row?.expiresAt ?? null;
  const isOver = expiresAt !== null && expiresAt <= deps.now();
  const qr = isOver ? null : (row?.qr ?? null);
  return {
    accountId: key.id,
    state: row?.state ?? "none",
    method: row?.method ?? null,
    qr,
    qrImage: qr === null ? null : await deps.drawQr(qr),
    code: isOver ? null : (row?.code ?? null),
    expiresAt: expiresAt?.toISOString() ?? null,
    reason: row?.reason ?? null,
  };
};

export const startPairing = async (
  deps: AccountsDeps,
  key: AccountKey,
  body: StartPairingBody,
): Promise<Pairing> => {
  await findRow(deps, key);
  const phone = body.phone ?? null;
  await deps.store.requestPairing(key.orgId, key.id, { method: body.method, phone });
  return readPairing(deps, key);
};

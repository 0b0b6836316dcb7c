import { jidDecode, jidEncode } from "@whiskeysockets/baileys";
import type { Account, Addressing } from "../model.ts";
import type { World } from "../world.ts";

export type Address = {
  account: Account | undefined;
  device: number | undefined;
  mode: Addressing;
};

export const pnJid = (account: Account, device?: number): string =>
  jidEncode(account.pn, "s.whatsapp.net", device === 0 ? undefined : device);

export const lidJid = (account: Account, device?: number): string =>
  jidEncode(account.lid, "lid", device === 0 ? undefined : device);

export const jidOf = (account: Account, mode: Addressing, device?: number): string =>
  mode === "lid" ? lidJid(account, device) : pnJid(account, device);

/** Finds the account behind a jid. An unknown or malformed jid has no account. */
export function resolveJid(world: World, jid: string): Address {
  const decoded = jidDecode(jid);
  if (decoded === undefined) return { account: undefined, device: undefined, mode: "pn" };
  const mode: Addressing = decoded.server === "lid" ? "lid" : "pn";
  const account = mode === "lid" ? world.byLid.get(decoded.user) : world.accounts.get(decoded.user);
  return { account, device: decoded.device, mode };
}

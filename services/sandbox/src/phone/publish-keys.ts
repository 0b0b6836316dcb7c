import { getNextPreKeys } from "@whiskeysockets/baileys";
import type { Account, DeviceKeys } from "../model.ts";

/** Makes new one-time keys and returns the phone's bundle for the directory. */
export async function publishKeys(account: Account, count: number): Promise<DeviceKeys> {
  const { creds, keys } = account.phone;
  const { update, preKeys } = await getNextPreKeys({ creds, keys }, count);
  Object.assign(creds, update);
  return {
    registrationId: creds.registrationId,
    identity: Buffer.from(creds.signedIdentityKey.public),
    signedPreKey: {
      id: creds.signedPreKey.keyId,
      value: Buffer.from(creds.signedPreKey.keyPair.public),
      signature: Buffer.from(creds.signedPreKey.signature),
    },
    preKeys: Object.entries(preKeys).map(([id, pair]) => ({
      id: Number(id),
      value: Buffer.from(pair.public),
    })),
  };
}

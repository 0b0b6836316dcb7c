import { encodeWAMessage, generateSignalPubKey, type BinaryNode } from "@whiskeysockets/baileys";
import type { Account, Message } from "../model.ts";
import type { World } from "../world.ts";
import { lidJid } from "../wire/addresses.ts";
import { takeBundle } from "../wire/keys.ts";
import { node } from "../wire/node.ts";

/** Encrypts a message from this phone for one device; makes the session when there is none. */
export async function encryptFor(
  world: World,
  from: Account,
  to: { account: Account; device: number },
  message: Message,
): Promise<BinaryNode> {
  const { signal } = from.phone;
  const jid = lidJid(to.account, to.device);
  const session = await signal.validateSession(jid);
  if (!session.exists) {
    const bundle = takeBundle(world, to.account.pn, to.device);
    if (bundle === undefined) throw new Error(`no key bundle for ${jid}`);
    const { signedPreKey, preKey } = bundle;
    await signal.injectE2ESession({
      jid,
      session: {
        registrationId: bundle.registrationId,
        identityKey: generateSignalPubKey(bundle.identity),
        signedPreKey: {
          keyId: signedPreKey.id,
          publicKey: generateSignalPubKey(signedPreKey.value),
          signature: signedPreKey.signature,
        },
        ...(preKey === undefined
          ? {}
          : { preKey: { keyId: preKey.id, publicKey: generateSignalPubKey(preKey.value) } }),
      },
    });
  }
  const { type, ciphertext } = await signal.encryptMessage({ jid, data: encodeWAMessage(message) });
  return node("enc", { v: "2", type }, ciphertext);
}

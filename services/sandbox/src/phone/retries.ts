import {
  encodeBigEndian,
  getBinaryNodeChild,
  proto,
  type BinaryNode,
} from "@whiskeysockets/baileys";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { lidJid, pnJid, resolveJid } from "../wire/addresses.ts";
import { deliverMessage } from "../wire/delivery.ts";
import { preKeyNode, signedPreKeyNode } from "../wire/keys.ts";
import { attr, node } from "../wire/node.ts";
import { routeReceipt } from "../wire/receipts.ts";
import { encryptFor } from "./encrypt-for.ts";
import { publishKeys } from "./publish-keys.ts";
import { ownCopy } from "./send-message.ts";

const MAX_RETRIES = 4;

/** A companion could not decrypt: fresh session, same message id, `<enc count>`. */
export async function resendMessage(
  world: World,
  account: Account,
  receipt: BinaryNode,
): Promise<void> {
  const id = attr(receipt, "id");
  const sent = account.phone.outbox.get(id);
  const count = getBinaryNodeChild(receipt, "retry")?.attrs["count"];
  if (sent === undefined || count === undefined || Number(count) > MAX_RETRIES) return;
  const { account: asker, device = 0, mode } = resolveJid(world, attr(receipt, "from"));
  const target = world.accounts.get(sent.toPn);
  if (asker === undefined || target === undefined) return;
  await account.phone.signal.deleteSession([lidJid(asker, device)]);
  const own = asker === account;
  const destination = pnJid(target);
  const message = proto.Message.decode(sent.message);
  const content = own ? ownCopy(destination, message) : message;
  const enc = await encryptFor(world, account, { account: asker, device }, content);
  enc.attrs["count"] = count;
  deliverMessage(world, {
    id,
    type: sent.type,
    fromAccount: account,
    fromDevice: 0,
    toAccount: asker,
    toDevice: device,
    enc,
    recipient: own ? destination : undefined,
    mode,
  });
}

/** The phone could not decrypt: it asks again, from the second time on with its own keys. */
export async function askAgain(world: World, account: Account, stanza: BinaryNode): Promise<void> {
  const { phone } = account;
  const id = attr(stanza, "id");
  const count = (phone.decryptFailures.get(id) ?? 0) + 1;
  phone.decryptFailures.set(id, count);
  if (count > MAX_RETRIES) return;
  const retry = { count: String(count), id, t: attr(stanza, "t"), v: "1" };
  const content = [
    node("retry", retry),
    node("registration", {}, encodeBigEndian(phone.creds.registrationId)),
  ];
  if (count > 1) content.push(await ownKeys(account));
  const attrs = { id, to: attr(stanza, "from"), type: "retry" };
  routeReceipt(world, { account, device: 0 }, node("receipt", attrs, content));
}

async function ownKeys(account: Account): Promise<BinaryNode> {
  const keys = await publishKeys(account, 1);
  return node("keys", {}, [
    node("type", {}, Buffer.from([5])),
    node("identity", {}, keys.identity),
    ...keys.preKeys.map(preKeyNode),
    signedPreKeyNode(keys.signedPreKey),
  ]);
}

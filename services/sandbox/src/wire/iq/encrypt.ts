import {
  encodeBigEndian,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  type BinaryNode,
} from "@whiskeysockets/baileys";
import { bounds } from "../../bounded.ts";
import { bundleNode, readPreKey, readSignedPreKey } from "../keys.ts";
import { attr, childBytes, node, readUint, requiredChild } from "../node.ts";
import type { AccountIq } from "./context.ts";

/** Signal keys: count, digest, upload, rotation, and the bundles of others. */
export function answerEncrypt(iq: AccountIq): boolean {
  if (iq.type !== "get") return storeKeys(iq);
  const answer = keyAnswers[iq.child?.tag ?? ""]?.(iq);
  if (answer === undefined) return false;
  iq.reply([answer]);
  return true;
}

const keyAnswers: Record<string, (iq: AccountIq) => BinaryNode> = {
  // 0 makes the client upload its full set of one-time keys.
  count: ({ device }) => node("count", { value: String(device.preKeys.length) }),
  // Without a <digest/> child the client would upload its keys again.
  digest: ({ device }) => {
    const registration = node("registration", {}, encodeBigEndian(device.registrationId));
    return node("digest", {}, [registration]);
  },
  key: ({ world, child }) => {
    const users = getBinaryNodeChildren(child, "user");
    return node(
      "list",
      {},
      users.map((user) => bundleNode(world, attr(user, "jid"))),
    );
  },
};

function storeKeys({ world, device, stanza, child, reply }: AccountIq): boolean {
  if (child?.tag === "rotate") {
    device.signedPreKey = readSignedPreKey(requiredChild(child, "skey"));
  } else {
    device.identity = childBytes(stanza, "identity");
    device.registrationId = readUint(childBytes(stanza, "registration"));
    device.signedPreKey = readSignedPreKey(requiredChild(stanza, "skey"));
    const uploaded = getBinaryNodeChildren(getBinaryNodeChild(stanza, "list"), "key");
    device.preKeys = [...device.preKeys, ...uploaded.map(readPreKey)].slice(
      -bounds.preKeysPerDevice,
    );
  }
  world.changed();
  reply();
  return true;
}

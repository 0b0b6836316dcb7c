import {
  encodeBigEndian,
  getBinaryNodeChild,
  getBinaryNodeChildren,
} from "@whiskeysockets/baileys";
import { bundleNode, readPreKey, readSignedPreKey } from "../keys.ts";
import { attr, childBytes, node, readUint, requiredChild } from "../node.ts";
import type { AccountIq } from "./context.ts";

/** Signal keys: count, digest, upload, rotation, and the bundles of others. */
export function answerEncrypt(iq: AccountIq): boolean {
  return iq.type === "get" ? answerKeyQuery(iq) : storeKeys(iq);
}

function answerKeyQuery({ world, device, child, reply }: AccountIq): boolean {
  switch (child?.tag) {
    case "count":
      // 0 makes the client upload its full set of one-time keys.
      reply([node("count", { value: String(device.preKeys.length) })]);
      return true;
    case "digest": {
      // Without a <digest/> child the client would upload its keys again.
      const registration = node("registration", {}, encodeBigEndian(device.registrationId));
      reply([node("digest", {}, [registration])]);
      return true;
    }
    case "key": {
      const users = getBinaryNodeChildren(child, "user");
      reply([
        node(
          "list",
          {},
          users.map((user) => bundleNode(world, attr(user, "jid"))),
        ),
      ]);
      return true;
    }
    default:
      return false;
  }
}

function storeKeys({ world, device, stanza, child, reply }: AccountIq): boolean {
  if (child?.tag === "rotate") {
    device.signedPreKey = readSignedPreKey(requiredChild(child, "skey"));
  } else {
    device.identity = childBytes(stanza, "identity");
    device.registrationId = readUint(childBytes(stanza, "registration"));
    device.signedPreKey = readSignedPreKey(requiredChild(stanza, "skey"));
    const uploaded = getBinaryNodeChildren(getBinaryNodeChild(stanza, "list"), "key");
    device.preKeys.push(...uploaded.map(readPreKey));
  }
  world.changed();
  reply();
  return true;
}

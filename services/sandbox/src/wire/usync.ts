import {
  getAllBinaryNodeChildren,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  type BinaryNode,
} from "@whiskeysockets/baileys";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";
import { lidJid, resolveJid } from "./addresses.ts";
import { deviceHash } from "./devices.ts";
import { node, nowSeconds } from "./node.ts";

type UserQuery = { account: Account | undefined; contact: BinaryNode["content"] };

/** One answer per protocol a usync query may ask for; undefined = nothing known. */
const answers: Record<string, (query: UserQuery) => BinaryNode | undefined> = {
  contact: ({ account, contact }) =>
    node("contact", { type: account === undefined ? "out" : "in" }, contact),
  devices: ({ account }) => account && devicesNode(account),
  business: ({ account }) =>
    account?.business === true ? node("business", {}, [verifiedNameNode(account)]) : undefined,
  lid: ({ account }) => account && node("lid", { val: lidJid(account) }),
  status: ({ account }) =>
    account && node("status", { t: nowSeconds() }, Buffer.from(account.status)),
  disappearing_mode: ({ account }) =>
    account && node("disappearing_mode", { duration: "0", t: "0" }),
};

/** Who is on the service, with which devices, LID and so on. */
export function answerUsync(world: World, usync: BinaryNode): BinaryNode {
  const query = getBinaryNodeChild(usync, "query");
  const wanted = new Set(query ? getAllBinaryNodeChildren(query).map((child) => child.tag) : []);
  const users = getBinaryNodeChildren(getBinaryNodeChild(usync, "list"), "user").map((user) =>
    userNode(world, user, wanted),
  );
  const { context = "", mode = "query", sid = "" } = usync.attrs;
  return node("usync", { context, index: "0", last: "true", mode, sid }, [
    node(
      "result",
      {},
      [...wanted].map((tag) => node(tag)),
    ),
    node("list", {}, users),
  ]);
}

function userNode(world: World, user: BinaryNode, wanted: Set<string>): BinaryNode {
  const contact = getBinaryNodeChild(user, "contact")?.content;
  const jid = user.attrs["jid"] ?? `${digitsOf(contact)}@s.whatsapp.net`;
  const { account } = resolveJid(world, jid);
  const content: BinaryNode[] = [];
  for (const [tag, answer] of Object.entries(answers)) {
    const found = wanted.has(tag) ? answer({ account, contact }) : undefined;
    if (found !== undefined) content.push(found);
  }
  return node("user", { jid }, content);
}

const digitsOf = (content: BinaryNode["content"]): string =>
  content === undefined || Array.isArray(content)
    ? ""
    : Buffer.from(content as Uint8Array)
        .toString()
        .replace(/\D/g, "");

function devicesNode(account: Account): BinaryNode {
  const devices = [...account.devices.values()].map((device) =>
    // Clients ignore a companion without a key-index.
    node("device", {
      id: String(device.id),
      "key-index": device.id === 0 ? undefined : String(device.keyIndex),
    }),
  );
  return node("devices", {}, [
    node("device-list", { hash: deviceHash(account, "s.whatsapp.net") }, devices),
    node("key-index-list", { ts: nowSeconds() }),
  ]);
}

const verifiedNameNode = (account: Account): BinaryNode =>
  node("verified_name", { v: "1", verified_level: "unknown", serial: "1" }, account.verifiedName);

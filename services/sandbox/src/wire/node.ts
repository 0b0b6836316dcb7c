import { randomBytes } from "node:crypto";
import {
  getAllBinaryNodeChildren,
  getBinaryNodeChild,
  getBinaryNodeChildBuffer,
  type BinaryNode,
} from "@whiskeysockets/baileys";

export const SERVER = "@s.whatsapp.net";

export type Attrs = Record<string, string | undefined>;

/** Builds a stanza; attributes that are undefined are left out. */
export function node(tag: string, attrs: Attrs = {}, content?: BinaryNode["content"]): BinaryNode {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(attrs)) if (value !== undefined) kept[name] = value;
  return content === undefined ? { tag, attrs: kept } : { tag, attrs: kept, content };
}

export const attr = (stanza: BinaryNode, name: string): string => stanza.attrs[name] ?? "";

export const nowSeconds = (): string => Math.floor(Date.now() / 1000).toString();

const randomId = (): string => randomBytes(4).toString("hex");

export const randomIqId = (): string => randomBytes(4).readUInt32BE().toString();

export const firstChild = (stanza: BinaryNode): BinaryNode | undefined =>
  getAllBinaryNodeChildren(stanza)[0];

/** The bytes of a required child. */
export function childBytes(stanza: BinaryNode | undefined, tag: string): Buffer {
  const bytes = getBinaryNodeChildBuffer(stanza, tag);
  if (bytes === undefined) throw new Error(`stanza lacks <${tag}>`);
  return Buffer.from(bytes);
}

export function requiredChild(stanza: BinaryNode | undefined, tag: string): BinaryNode {
  const child = getBinaryNodeChild(stanza, tag);
  if (child === undefined) throw new Error(`stanza lacks <${tag}>`);
  return child;
}

export const readUint = (bytes: Uint8Array): number =>
  bytes.length === 0 ? 0 : Buffer.from(bytes).readUIntBE(0, bytes.length);

export function notification(
  type: string,
  from: string,
  content: BinaryNode[],
  attrs: Attrs = {},
): BinaryNode {
  return node("notification", { from, type, id: randomId(), t: nowSeconds(), ...attrs }, content);
}

import { randomBytes } from "node:crypto";
import { open, seal, SealBrokenError } from "./seal.ts";

/** Master keys by version. The first is used for new keys, the others only open old ones. */
export type MasterKeys = { current: string; byVersion: ReadonlyMap<string, Buffer> };

export type WrappedKey = { version: string; wrapped: Buffer };

type Owner = { orgId: string; accountId: string };

/** Reads `v2:<64 hex>,v1:<64 hex>`; the first entry is the current one. */
export function parseMasterKeys(text: string): MasterKeys {
  const byVersion = new Map<string, Buffer>();
  for (const entry of text.split(",")) {
    const match = /^\s*(v\d{1,6}):([0-9a-fA-F]{64})\s*$/.exec(entry);
    const [version, hex] = [match?.[1], match?.[2]];
    if (version === undefined || hex === undefined) {
      throw new Error("each master key is written as v<number>:<64 hex digits>");
    }
    if (byVersion.has(version)) throw new Error(`master key ${version} is given twice`);
    byVersion.set(version, Buffer.from(hex, "hex"));
  }
  const [current] = byVersion.keys();
  if (current === undefined) throw new Error("at least one master key is needed");
  return { current, byVersion };
}

export function newDataKey(masters: MasterKeys, owner: Owner): { key: Buffer; stored: WrappedKey } {
  const key = randomBytes(32);
  return { key, stored: wrapDataKey(masters, owner, key) };
}

export function wrapDataKey(masters: MasterKeys, owner: Owner, key: Buffer): WrappedKey {
  const version = masters.current;
  const master = masterKey(masters, version);
  return { version, wrapped: seal(master, keyContext(owner, version), key) };
}

export function unwrapDataKey(masters: MasterKeys, owner: Owner, stored: WrappedKey): Buffer {
  const master = masterKey(masters, stored.version);
  return open(master, keyContext(owner, stored.version), stored.wrapped);
}

function masterKey(masters: MasterKeys, version: string): Buffer {
  const key = masters.byVersion.get(version);
  if (key === undefined) throw new SealBrokenError(`data key (no master key ${version})`);
  return key;
}

function keyContext(owner: Owner, version: string) {
  return { ...owner, purpose: "data-key", row: version };
}

import type { proto } from "@whiskeysockets/baileys";
import { randomBytes } from "node:crypto";
import type { Account, Device } from "../model.ts";
import type { World } from "../world.ts";
import { lidJid } from "./addresses.ts";
import type { Connection } from "./connection.ts";
import { node, nowSeconds, randomIqId, readUint, SERVER, type Attrs } from "./node.ts";

const REFS_PER_SOCKET = 6;

/** The handshake is done: a new companion registers, a known one logs in. */
export function handleClientPayload(
  world: World,
  conn: Connection,
  payload: proto.ClientPayload,
  clientStatic: Buffer,
): void {
  const pairing = payload.devicePairingData;
  if (pairing) offerPairing(world, conn, pairing, clientStatic);
  else logIn(world, conn, payload, clientStatic);
}

function offerPairing(
  world: World,
  conn: Connection,
  data: proto.ClientPayload.IDevicePairingRegistrationData,
  clientStatic: Buffer,
): void {
  const bytes = (value: Uint8Array | null | undefined): Buffer => Buffer.from(value ?? []);
  conn.registration = {
    registrationId: readUint(bytes(data.eRegid)),
    identity: bytes(data.eIdent),
    noise: clientStatic,
    signedPreKey: {
      id: readUint(bytes(data.eSkeyId)),
      value: bytes(data.eSkeyVal),
      signature: bytes(data.eSkeySig),
    },
    preKeys: [],
  };
  conn.refs = Array.from(
    { length: REFS_PER_SOCKET },
    () => `2@${randomBytes(64).toString("base64")}`,
  );
  for (const ref of conn.refs) world.refs.set(ref, conn);
  world.timers.after(world.options.refLifetimeMs, () => {
    if (!conn.paired && conn.account === undefined) conn.close();
  });
  const refs = conn.refs.map((ref) => node("ref", {}, Buffer.from(ref)));
  const attrs = { from: SERVER, type: "set", id: randomIqId(), xmlns: "md" };
  conn.send(node("iq", attrs, [node("pair-device", {}, refs)]));
}

function logIn(
  world: World,
  conn: Connection,
  payload: proto.ClientPayload,
  clientStatic: Buffer,
): void {
  // Numbers beyond 2^32 come as a Long object: its decimal text is the phone number.
  const pn = String(payload.username);
  const account = world.accounts.get(pn);
  const device = account?.devices.get(payload.device ?? -1);
  const fault = world.faults.take("login_failure", pn);
  if (fault !== undefined) {
    fail(conn, fault.code ?? "503", { code: fault.subcode, expire: fault.expire?.toString() });
  } else if (account === undefined || device?.noise?.equals(clientStatic) !== true) {
    fail(conn, "401");
  } else {
    welcome(conn, account, device);
  }
}

/** A second socket with the same credentials throws the first one out. */
function welcome(conn: Connection, account: Account, device: Device): void {
  device.conn?.end(node("stream:error", {}, [node("conflict", { type: "replaced" })]));
  conn.account = account;
  conn.device = device;
  device.conn = conn;
  const lid = lidJid(account, device.id);
  const attrs = { t: nowSeconds(), lid, props: "27", status: "active", location: "local" };
  conn.send(node("success", attrs));
}

function fail(conn: Connection, reason: string, extra: Attrs = {}): void {
  conn.end(node("failure", { reason, location: "local", ...extra }));
}

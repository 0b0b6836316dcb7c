import type { Account, Device, Phone } from "../model.ts";
import type { Fault } from "../api/faults.ts";
import type { EventDump } from "../event-log.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { MediaCertificates } from "../media/certificates.ts";
import type { NoiseKeys } from "../noise/authority.ts";
import { registerAccount, type PhoneState } from "../phone/create-phone.ts";
import type { World } from "../world.ts";

export const SNAPSHOT_VERSION = 1;

type SavedAccount = {
  data: Omit<Account, "phone" | "devices">;
  devices: (Omit<Device, "conn"> & { conn: undefined })[];
  phone: PhoneState;
};

/** What survives a restart. Open sockets, QR refs and requests for a code do not. */
export type Snapshot = {
  version: typeof SNAPSHOT_VERSION;
  noise: NoiseKeys;
  certificates: MediaCertificates;
  accounts: SavedAccount[];
  ledger: ReturnType<Ledger["dump"]>;
  /** Absent in files of the first release. */
  faults?: Fault[];
  events?: EventDump;
};

export function takeSnapshot(world: World, certificates: MediaCertificates): Snapshot {
  const { root, serverStatic } = world.authority;
  return {
    version: SNAPSHOT_VERSION,
    noise: { root, serverStatic },
    certificates,
    accounts: [...world.accounts.values()].map(saveAccount),
    ledger: world.ledger.dump(),
    faults: world.faults.list(),
    events: world.events.dump(),
  };
}

export function restoreSnapshot(world: World, snapshot: Snapshot): void {
  world.ledger.restore(snapshot.ledger);
  if (snapshot.faults !== undefined) world.faults.restore(snapshot.faults);
  if (snapshot.events !== undefined) world.events.restore(snapshot.events);
  for (const { data, devices, phone } of snapshot.accounts) {
    const saved = devices.map((device): [number, Device] => [device.id, device]);
    // Files of the first release do not know of the migration to LIDs.
    const settings = Object.assign({ lidMigrated: false }, phone.settings);
    registerAccount(world, { ...data, devices: new Map(saved) }, { ...phone, settings });
  }
}

function saveAccount(account: Account): SavedAccount {
  const { phone, devices, ...data } = account;
  return {
    data,
    devices: [...devices.values()].map((device) => ({ ...device, conn: undefined })),
    phone: savePhone(phone),
  };
}

/** The Signal repository and the queue are left out: they are made anew from the keys. */
const savePhone = (phone: Phone): PhoneState => ({
  creds: phone.creds,
  keyData: phone.keyData,
  settings: phone.settings,
  inbox: phone.inbox,
  outbox: phone.outbox,
  decryptFailures: phone.decryptFailures,
  appStateKey: phone.appStateKey,
  appStateHash: phone.appStateHash,
  chats: phone.chats,
});

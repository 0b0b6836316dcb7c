import type { Logger } from "pino";
import { createEventLog } from "./event-log.ts";
import { createFaults } from "./faults/faults.ts";
import { createLedger } from "./ledger/ledger.ts";
import { createMediaCertificates } from "./media/certificates.ts";
import { createMediaStore } from "./media/media-store.ts";
import { startMediaServer } from "./media/media-server.ts";
import { createNoiseAuthority } from "./noise/authority.ts";
import { publishKeys } from "./phone/publish-keys.ts";
import { receiveStanza } from "./phone/receive.ts";
import { runInOrder } from "./phone/run-in-order.ts";
import { greetCompanion } from "./phone/send-peer.ts";
import { createPeers } from "./peers.ts";
import { createTimers } from "./timers.ts";
import { startWireServer } from "./wire/wire-server.ts";
import { createDataFile, loadSnapshot } from "./state/data-file.ts";
import { restoreSnapshot, takeSnapshot, type Snapshot } from "./state/snapshot.ts";
import type { PhoneHooks, World, WorldOptions } from "./world.ts";
import { startControl } from "./control/server.ts";

export type SandboxSettings = {
  host: string;
  publicHost: string;
  port: number;
  wirePort: number;
  mediaPort: number;
  logger: Logger;
  /** Where the state survives a restart; without it, it lives in memory only. */
  dataFile?: string | undefined;
  options?: Partial<WorldOptions>;
};

export type Sandbox = {
  world: World;
  url: string;
  wireUrl: string;
  mediaUrl: string;
  caPem: string;
  close(): Promise<void>;
};

const DEFAULTS: WorldOptions = {
  addressing: "pn",
  pushInitialHistory: true,
  lidMigrated: false,
  refLifetimeMs: 160_000,
};

const REFILL_PREKEYS = 50;

/** Starts the wire, media and control servers of one sandbox. */
export async function startSandbox(settings: SandboxSettings): Promise<Sandbox> {
  const { host, publicHost, logger, dataFile } = settings;
  const saved = dataFile === undefined ? undefined : loadSnapshot(dataFile);
  const certificates =
    saved?.certificates ?? (await createMediaCertificates([publicHost, "127.0.0.1", "localhost"]));
  const world = createWorld(settings, saved);
  const file =
    dataFile === undefined
      ? undefined
      : createDataFile({ path: dataFile, logger, take: () => takeSnapshot(world, certificates) });
  if (saved !== undefined) restoreSnapshot(world, saved);
  if (file !== undefined) world.onChange = file.changed;
  world.changed();
  const wire = await startWireServer(world, { host, port: settings.wirePort });
  const media = await startMediaServer(world, certificates, { host, port: settings.mediaPort });
  world.mediaHost = `${publicHost}:${media.port}`;
  const wireUrl = `ws://${publicHost}:${wire.port}/ws/chat`;
  const info = {
    wireUrl,
    rootKeyHex: Buffer.from(world.authority.root.public).toString("hex"),
    mediaCaPem: certificates.caPem,
    mediaHost: world.mediaHost,
  };
  const control = await startControl(world, info, { host, port: settings.port });
  logger.info({ wireUrl }, "sandbox is up");
  return {
    world,
    url: `http://${publicHost}:${control.port}`,
    wireUrl,
    mediaUrl: `https://${world.mediaHost}`,
    caPem: certificates.caPem,
    close: async () => {
      world.timers.closeAll();
      await control.close();
      await wire.close();
      await media.close();
      // What phones are still encrypting belongs into the file, too.
      await Promise.all([...world.accounts.values()].map((account) => account.phone.chain));
      await file?.close();
      for (const account of world.accounts.values()) account.phone.signal.close?.();
    },
  };
}

function createWorld(settings: SandboxSettings, saved: Snapshot | undefined): World {
  const { logger, options, dataFile } = settings;
  const changed = (): void => world.onChange();
  const world: World = {
    options: { ...DEFAULTS, ...options },
    logger,
    authority: createNoiseAuthority(saved?.noise),
    accounts: new Map(),
    byLid: new Map(),
    refs: new Map(),
    pendingCodes: new Map(),
    media: createMediaStore({
      directory: dataFile === undefined ? undefined : `${dataFile}.media`,
    }),
    ledger: createLedger(changed),
    faults: createFaults((event, fault) =>
      world.events.append(event, fault?.account ?? "", { id: fault?.id, kind: fault?.kind }),
    ),
    events: createEventLog(changed),
    peers: createPeers(),
    timers: createTimers(),
    mediaHost: "",
    unknownIqs: [],
    onChange: () => undefined,
    changed,
    phones: connectPhones(() => world),
  };
  return world;
}

function connectPhones(getWorld: () => World): PhoneHooks {
  const failed = (error: unknown): void => getWorld().logger.error({ err: error }, "phone failed");
  return {
    receive: (account, stanza) => void receiveStanza(getWorld(), account, stanza).catch(failed),
    companionReady: (account, id) => void greetCompanion(getWorld(), account, id).catch(failed),
    keysLow: (account) => {
      runInOrder(account, async () => {
        const keys = await publishKeys(account, REFILL_PREKEYS);
        account.devices.get(0)?.preKeys.push(...keys.preKeys);
      }).catch(failed);
    },
  };
}

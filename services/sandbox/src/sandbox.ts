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
import { createTimers } from "./timers.ts";
import { startWireServer } from "./wire/wire-server.ts";
import type { World, WorldOptions } from "./world.ts";
import { startControl } from "./control/server.ts";

export type SandboxSettings = {
  host: string;
  publicHost: string;
  port: number;
  wirePort: number;
  mediaPort: number;
  logger: Logger;
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

/** Starts the wire, media and control servers of one sandbox. */
export async function startSandbox(settings: SandboxSettings): Promise<Sandbox> {
  const { host, publicHost, logger } = settings;
  const certificates = await createMediaCertificates([publicHost, "127.0.0.1", "localhost"]);
  const world = createWorld(settings);
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
      world.events.close();
      await control.close();
      await wire.close();
      await media.close();
      for (const account of world.accounts.values()) account.phone.signal.close?.();
    },
  };
}

function createWorld({ logger, options }: SandboxSettings): World {
  const changed = (): void => undefined;
  const failed = (error: unknown): void => logger.error({ err: error }, "phone failed");
  const world: World = {
    options: { ...DEFAULTS, ...options },
    logger,
    authority: createNoiseAuthority(),
    accounts: new Map(),
    byLid: new Map(),
    refs: new Map(),
    pendingCodes: new Map(),
    media: createMediaStore(),
    ledger: createLedger(changed),
    faults: createFaults(),
    events: createEventLog(),
    timers: createTimers(),
    mediaHost: "",
    unknownIqs: [],
    changed,
    phones: {
      receive: (account, stanza) => void receiveStanza(world, account, stanza).catch(failed),
      companionReady: (account, id) => void greetCompanion(world, account, id).catch(failed),
      keysLow: (account) => {
        runInOrder(account, async () => {
          const keys = await publishKeys(account, 50);
          account.devices.get(0)?.preKeys.push(...keys.preKeys);
        }).catch(failed);
      },
    },
  };
  return world;
}

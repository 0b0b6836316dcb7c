import type { ChannelDriver, DriverContext, DriverResources } from "@rarity/channel-kit";
import { openSession } from "./adapters/baileys/open-session.ts";
import type { WayOut } from "./adapters/proxy/way-out.ts";
import { createInTenant } from "./adapters/store/in-tenant.ts";
import { lastingRows } from "./adapters/store/lasting-rows.ts";
import { createPairingBoard } from "./adapters/store/pairing-board.ts";
import { createSessionRows } from "./adapters/store/session-rows-postgres.ts";
import type { WhatsAppSettings } from "./config.ts";
import { createWhatsAppDriver } from "./usecases/driver.ts";
import type { OpenSession, PairingMethod } from "./usecases/ports.ts";

/** Offers nobody scanned before somebody has to ask for a new one: about ten minutes of QR codes. */
const roundsMax = 5;

const timing = { writeWindowMs: 2000, ackTimeoutMs: 20_000, settleMs: 60_000 };

const socketTimes = {
  connectTimeoutMs: 20_000,
  keepAliveIntervalMs: 30_000,
  watchdogMs: 45_000,
  offlineWaitMs: 20_000,
  mediaTimeoutMs: 60_000,
};

/** The driver over this account's rows in Postgres, each context under its own fencing token. */
export function createAccountDriver(
  settings: WhatsAppSettings,
  wayOut: WayOut,
  { pool, sealer, media }: DriverResources,
): ChannelDriver {
  const spec = settings.ACCOUNT_SPEC;
  const inTenantOf = (ctx: DriverContext) => createInTenant(pool, sealer, ctx.orgId);
  const sessionsFor = (ctx: DriverContext): OpenSession => {
    const owner = { orgId: ctx.orgId, accountId: ctx.accountId };
    const stored = createSessionRows({
      ...owner,
      inTenant: inTenantOf(ctx),
      fencingToken: ctx.token,
    });
    const rows = lastingRows(stored, {
      giveUp: ctx.signal,
      random: Math.random,
      onRetry: (err, failures) => {
        if (failures === 1) ctx.logger.warn({ err }, "session keys wait for the database");
      },
    });
    const socket = { ...socketTimes, url: settings.WHATSAPP_URL, wayOut };
    const session = { displayName: spec.displayName, logger: ctx.logger, media, rows };
    return () =>
      openSession({ ...owner, ...session, masters: settings.SESSION_KEYS, settings: socket });
  };
  return createWhatsAppDriver({
    sessionsFor,
    boardFor: (ctx) =>
      createPairingBoard({
        inTenant: inTenantOf(ctx),
        orgId: ctx.orgId,
        accountId: ctx.accountId,
        preferred: preferredPairing(spec),
        roundsMax,
      }),
    timing,
    random: Math.random,
  });
}

/** A code is made for one number; without a number only the QR is left. */
function preferredPairing(spec: WhatsAppSettings["ACCOUNT_SPEC"]): PairingMethod {
  return spec.pairing.method === "Code" && spec.phone !== undefined
    ? { method: "code", phone: spec.phone }
    : { method: "qr" };
}

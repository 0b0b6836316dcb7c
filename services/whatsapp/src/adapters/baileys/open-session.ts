import { initAuthCreds } from "@whiskeysockets/baileys";
import type { AuthenticationCreds } from "@whiskeysockets/baileys";
import type { MediaStore } from "@rarity/channel-kit";
import type { Logger } from "pino";
import type { MasterKeys } from "../../domain/data-key.ts";
import type { Session } from "../../usecases/ports.ts";
import type { SessionRows } from "../store/session-rows.ts";
import { openSessionStore } from "../store/session-store.ts";
import { isPaired, openConnection } from "./connection.ts";
import type { ConnectionDeps } from "./connection.ts";
import { outgoingCategory } from "./frozen-message.ts";
import { retryCategory } from "./socket-config.ts";
import { inboxCategory, keptStanza } from "./stanza-inbox.ts";

export type OpenSessionDeps = {
  orgId: string;
  accountId: string;
  displayName: string;
  logger: Logger;
  media: MediaStore;
  rows: SessionRows;
  masters: MasterKeys;
  settings: ConnectionDeps["settings"];
};

const cacheEntriesMax = 20_000;
const leftoversMax = 10_000;
/** How long a recipient's device may ask again for a message it could not decrypt. */
const outgoingKeptDays = 14;

/** Reads the session from the database: a new connection never trusts what the last one cached. */
export async function openSession(deps: OpenSessionDeps): Promise<Session> {
  const store = await openSessionStore({ ...deps, cacheEntriesMax });
  const stored = store.creds as AuthenticationCreds | undefined;
  const paired = stored !== undefined && isPaired(stored);
  // An identity without a phone's signature is a pairing that was never finished.
  const creds = paired ? stored : initAuthCreds();
  const leftovers = paired ? await store.keys.list(inboxCategory, leftoversMax) : [];
  if (paired) {
    await store.keys.expire(outgoingCategory, outgoingKeptDays);
    await store.keys.expire(retryCategory, outgoingKeptDays);
  }
  return {
    paired,
    connect: (pairing, events) =>
      openConnection({
        ...deps,
        creds,
        pairing,
        events,
        keys: store.keys,
        saveCreds: (value) => store.saveCreds(value),
        leftovers: leftovers.flatMap(({ value }) => {
          const kept = keptStanza.safeParse(value);
          return kept.success ? [kept.data] : [];
        }),
      }),
    destroy: () => store.destroy(),
  };
}

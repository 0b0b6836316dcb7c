import { Agent } from "node:https";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import {
  downloadMediaMessage,
  initAuthCreds,
  makeWASocket,
  proto,
  type AuthenticationCreds,
  type SignalKeyStore,
  type WAMessage,
  type WAMessageKey,
  type WASocket,
} from "@whiskeysockets/baileys";
import { pino } from "pino";
import { createKeyStore } from "../src/phone/key-store.ts";

export type TestAuth = { creds: AuthenticationCreds; keys: SignalKeyStore };
export type TestClient = {
  sock: WASocket;
  messages: WAMessage[];
  statuses: { id: string; status: number }[];
  /** Messages the server refused, as the application hears of them. */
  refusals: { id: string; codes: string[] }[];
  qr: Promise<string>;
  opened: Promise<void>;
  closed: Promise<number>;
};

type Change = Pick<WAMessage, "status" | "messageStubParameters">;

/** Zero, so never to be tested for truth. */
const { ERROR } = proto.WebMessageInfo.Status;

export const newAuth = (): TestAuth => ({
  creds: initAuthCreds(),
  keys: createKeyStore(new Map(), () => undefined),
});

/** The real, unmodified client against a sandbox. */
export function connectClient(
  auth: TestAuth,
  sandbox: { wireUrl: string; caPem: string },
): TestClient {
  const sock = makeWASocket({
    auth,
    waWebSocketUrl: sandbox.wireUrl,
    logger: pino({ level: "silent" }),
    // Uploads take their trust from here, downloads from the process (see trustMediaHost).
    fetchAgent: new Agent({ ca: sandbox.caPem }),
  });
  const qr = Promise.withResolvers<string>();
  const opened = Promise.withResolvers<undefined>();
  const closed = Promise.withResolvers<number>();
  const client: TestClient = {
    sock,
    messages: [],
    statuses: [],
    refusals: [],
    qr: qr.promise,
    opened: opened.promise,
    closed: closed.promise,
  };
  // On a quiet socket the library holds events back for up to 30 s.
  const flusher = setInterval(() => {
    if (sock.ev.isBuffering()) sock.ev.flush();
  }, 250);
  sock.ev.on("creds.update", (update) => Object.assign(auth.creds, update));
  sock.ev.on("connection.update", (update) => {
    if (update.qr !== undefined) qr.resolve(update.qr);
    if (update.connection === "open") opened.resolve(undefined);
    if (update.connection !== "close") return;
    clearInterval(flusher);
    const error = update.lastDisconnect?.error as { output?: { statusCode: number } } | undefined;
    closed.resolve(error?.output?.statusCode ?? 0);
  });
  const note = (key: WAMessageKey, change: Change): void => {
    const { id, fromMe } = key;
    if (!id || fromMe !== true || typeof change.status !== "number") return;
    client.statuses.push({ id, status: change.status });
    if (change.status !== ERROR) return;
    // The library leaves this list untyped.
    const codes = change.messageStubParameters as string[] | undefined;
    client.refusals.push({ id, codes: codes ?? [] });
  };
  sock.ev.on("messages.upsert", ({ messages }) => {
    client.messages.push(...messages);
    // While events are held back, a receipt or refusal is merged into the message itself, in
    // whichever order the two came: then no `messages.update` follows.
    for (const message of messages) note(message.key, message);
  });
  sock.ev.on("messages.update", (updates) => {
    for (const { key, update } of updates) note(key, update);
  });
  return client;
}

/** Downloads use the global fetch, which knows only the process' own authorities. */
export const trustMediaHost = (caPem: string): void =>
  setDefaultCACertificates([...getCACertificates(), caPem]);

export const download = (message: WAMessage): Promise<Buffer> =>
  downloadMediaMessage(message, "buffer", {});

/** The received message with this id, once it is there and decrypted. */
export const received = (client: TestClient, id: string): WAMessage | undefined =>
  client.messages.find(({ key, message }) => key.id === id && Boolean(message));

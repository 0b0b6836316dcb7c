import { Agent } from "node:https";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import {
  downloadMediaMessage,
  initAuthCreds,
  makeWASocket,
  type AuthenticationCreds,
  type SignalKeyStore,
  type WAMessage,
  type WASocket,
} from "@whiskeysockets/baileys";
import { pino } from "pino";
import { createKeyStore } from "../src/phone/key-store.ts";

export type TestAuth = { creds: AuthenticationCreds; keys: SignalKeyStore };
export type TestClient = {
  sock: WASocket;
  messages: WAMessage[];
  statuses: { id: string; status: number }[];
  qr: Promise<string>;
  opened: Promise<void>;
  closed: Promise<number>;
};

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
  sock.ev.on("messages.upsert", ({ messages }) => {
    client.messages.push(...messages);
    // A receipt that comes while events are held back is merged into the message itself.
    for (const { key, status } of messages) {
      if (key.id && key.fromMe && status) client.statuses.push({ id: key.id, status });
    }
  });
  sock.ev.on("messages.update", (updates) => {
    for (const { key, update } of updates) {
      if (key.id && update.status) client.statuses.push({ id: key.id, status: update.status });
    }
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

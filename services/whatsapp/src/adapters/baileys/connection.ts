import makeWASocket from "@whiskeysockets/baileys";
import type { AuthenticationCreds, BinaryNode, WASocket } from "@whiskeysockets/baileys";
import type { MediaStore } from "@rarity/channel-kit";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import { recipientOf } from "../../domain/jid.ts";
import type { Disconnect } from "../../domain/disconnect.ts";
import type { Connection, ConnectionEvents, PairingMethod } from "../../usecases/ports.ts";
import { createCommitQueue } from "../store/commit-queue.ts";
import type { SealedKeyStore } from "../store/sealed-key-store.ts";
import { createChatActions } from "./chat-actions.ts";
import { createConnectionTimers } from "./connection-timers.ts";
import type { ConnectionTimers } from "./connection-timers.ts";
import { disconnectOf } from "./disconnect-of.ts";
import { createInboundPipeline } from "./inbound-pipeline.ts";
import type { InboundPipeline } from "./inbound-pipeline.ts";
import { listenToAnswers } from "./listen-to-answers.ts";
import { createPendingAcks } from "./pending-acks.ts";
import type { PendingAcks } from "./pending-acks.ts";
import { sendMessage } from "./send-message.ts";
import { socketConfig } from "./socket-config.ts";
import type { SocketSettings } from "./socket-config.ts";
import { onStanza, onUpgradeRefused, rawSocket, SocketEndError } from "./socket-parts.ts";
import { createStanzaInbox } from "./stanza-inbox.ts";
import type { KeptStanza } from "./stanza-inbox.ts";
import { unlinkDevice } from "./unlink-device.ts";
import { createWriteGate } from "./write-gate.ts";

export type ConnectionDeps = {
  orgId: string;
  logger: Logger;
  settings: SocketSettings & { watchdogMs: number; offlineWaitMs: number; mediaTimeoutMs: number };
  keys: SealedKeyStore;
  media: MediaStore;
  creds: AuthenticationCreds;
  saveCreds(creds: AuthenticationCreds): Promise<void>;
  /** Decrypted by an earlier process and not recorded yet. */
  leftovers: readonly KeptStanza[];
  displayName: string;
  pairing: PairingMethod;
  events: ConnectionEvents;
};

type Live = ConnectionDeps & {
  socket: WASocket;
  acks: PendingAcks;
  inbound: InboundPipeline;
  timers: ConnectionTimers;
};

export function openConnection(deps: ConnectionDeps): Connection {
  const gate = createWriteGate();
  const inbox = createStanzaInbox();
  const acks = createPendingAcks();
  const saver = createCommitQueue<null>(() => deps.saveCreds(deps.creds), 1000);
  const fence = (detail: string): void => {
    terminate();
    deps.events.onFenced(detail);
  };
  const repository = {
    keys: deps.keys,
    inbox,
    onKeysLost: () => fence("session keys could not be read or stored"),
  };
  const socket = makeWASocket(socketConfig(deps.settings, deps.creds, deps.logger, repository));
  const raw = rawSocket(socket);
  if (raw !== null) guardWrites(raw, gate);
  const terminate = (): void => raw?.terminate();

  const inbound = openInbound(deps, socket, () => fence("an inbound message could not be stored"));
  const live: Live = { ...deps, socket, acks, inbound, timers: createConnectionTimers() };

  socket.ev.on("creds.update", () => {
    if (!isPaired(deps.creds)) return;
    saver.push(null).catch(() => fence("credentials could not be saved"));
  });
  listenToCiphertexts(live, inbox.arrived);
  listenToAnswers({
    ...live,
    record: (receipts) => deps.events.onReceipts(receipts),
    onStoreAway: () => fence("a receipt could not be stored"),
  });
  listenToMessages(live);
  listenForPairing(live);
  listenForReady(live);
  onUpgradeRefused(socket, (status) => {
    void socket.end(new SocketEndError("the server refused the upgrade", 503, status));
  });

  const closed = watchClose(live, async () => {
    await inbound.idle();
    await saver.idle();
    await deps.keys.idle();
  });
  const sending = { ...live, gate, abandon: terminate };
  return {
    closed,
    send: (attempt, permit) => sendMessage(sending, attempt, permit),
    evidenceOf: (token) => acks.evidenceOf(token),
    ...createChatActions(socket, Date.now),
    unlink: () => unlinkDevice(socket, deps.creds.me?.id),
    async close() {
      socket.ev.flush();
      await inbound.idle();
      const ended = socket.end(undefined);
      await Promise.race([ended, delay(1000, undefined, { ref: false })]);
      terminate();
      await closed;
    },
    terminate,
  };
}

function openInbound(
  deps: ConnectionDeps,
  socket: WASocket,
  onStoreAway: () => void,
): InboundPipeline {
  return createInboundPipeline({
    ...deps,
    me: () => meOf(deps.creds),
    mediaHost: async () => {
      await socket.refreshMediaConn(false);
      return socket.getMediaHost();
    },
    record: (item) => deps.events.onInbound(item),
    onStoreAway,
    mediaTimeoutMs: deps.settings.mediaTimeoutMs,
    agent: deps.settings.wayOut.agent,
  });
}

export function isPaired(creds: AuthenticationCreds): boolean {
  return creds.account !== undefined;
}

function meOf(creds: AuthenticationCreds): { id: string; lid?: string | undefined } {
  return { id: creds.me?.id ?? "", lid: creds.me?.lid };
}

/** The gate's last word, in the same turn as the write. */
function guardWrites(
  raw: { send: (data: Uint8Array, done: (error?: Error) => void) => void },
  gate: { check(): void },
): void {
  const write = raw.send.bind(raw);
  raw.send = (data, done) => {
    gate.check();
    write(data, done);
  };
}

/** Noted before the library decrypts it. */
function listenToCiphertexts(live: Live, arrived: (node: BinaryNode) => void): void {
  onStanza(live.socket, "CB:message", (node) => {
    arrived(node);
    const { id, from } = node.attrs;
    if (id !== undefined && from !== undefined) live.inbound.note(id, from);
  });
}

/** `append` is not only history: a reply that waited while we were away arrives under that name. */
function listenToMessages(live: Live): void {
  live.socket.ev.on("messages.upsert", ({ messages }) => {
    for (const message of messages) live.inbound.accept(message);
  });
}

const firstQrLifeMs = 60_000;
const nextQrLifeMs = 20_000;
const codeLifeMs = 160_000;

function listenForPairing(live: Live): void {
  const { socket, events, pairing } = live;
  let shown = 0;
  socket.ev.on("connection.update", ({ qr, isNewLogin }) => {
    if (isNewLogin === true) events.onPaired();
    if (qr === undefined) return;
    shown += 1;
    if (pairing.method === "qr") {
      events.onQr(qr, new Date(Date.now() + (shown === 1 ? firstQrLifeMs : nextQrLifeMs)));
    } else if (shown === 1) {
      // The library can ask for a code only when the server has offered a pairing.
      const expiresAt = new Date(Date.now() + codeLifeMs);
      socket
        .requestPairingCode(pairing.phone.replace(/\D/g, ""))
        .then((code) => events.onCode(code, expiresAt))
        .catch(() => void socket.end(new SocketEndError("no pairing code", 408)));
    }
  });
}

/** Ready means logged in and caught up; the library says the first, the server the second. */
function listenForReady(live: Live): void {
  const { socket, timers, settings } = live;
  let opened = false;
  let ready = false;
  let offlineDone = false;
  timers.later(settings.watchdogMs, () => {
    if (!opened && !isPairing) void socket.end(new SocketEndError("connecting took too long", 408));
  });
  let isPairing = false;
  const whenReady = (): void => {
    if (!opened || !offlineDone || ready) return;
    ready = true;
    void becomeReady(live);
  };
  onStanza(socket, "CB:ib,,offline", () => {
    offlineDone = true;
    // The library's own listener of this stanza runs in this turn, too.
    setImmediate(whenReady);
  });
  socket.ev.on("connection.update", ({ connection, qr }) => {
    if (qr !== undefined) isPairing = true;
    if (connection !== "open" || opened) return;
    opened = true;
    timers.later(settings.offlineWaitMs, () => {
      offlineDone = true;
      whenReady();
    });
    whenReady();
  });
}

const flushEveryMs = 300;

async function becomeReady(live: Live): Promise<void> {
  const { socket, creds, timers, events, logger } = live;
  // On a quiet socket the library keeps events for up to 30 s; any stanza or this releases them.
  timers.every(flushEveryMs, () => {
    if (socket.ev.isBuffering()) socket.ev.flush();
  });
  for (const stanza of live.leftovers) live.inbound.replay(stanza);
  try {
    // Without a name the library announces no presence, and the other side never sees "delivered".
    if (creds.me && !creds.me.name) {
      socket.ev.emit("creds.update", { me: { ...creds.me, name: live.displayName } });
      await socket.sendPresenceUpdate("available");
    }
  } catch (error) {
    logger.warn(
      { error: error instanceof Error ? error.name : "unknown" },
      "presence was not sent",
    );
  }
  const { id, lid } = meOf(creds);
  events.onReady(recipientOf(id, lid), creds.me?.name);
}

function watchClose(live: Live, drain: () => Promise<void>): Promise<Disconnect> {
  return new Promise((resolve) => {
    live.socket.ev.on("connection.update", ({ connection, lastDisconnect }) => {
      if (connection !== "close") return;
      live.timers.stop();
      live.acks.connectionClosed();
      const disconnect = disconnectOf(lastDisconnect?.error, isPaired(live.creds));
      void drain()
        .catch(() => undefined)
        .then(() => resolve(disconnect));
    });
  });
}

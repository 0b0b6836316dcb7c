import { cleanMessage, decodeMessageNode, proto, unpadRandomMax16 } from "@whiskeysockets/baileys";
import type { WAMessage } from "@whiskeysockets/baileys";
import type { InboundContent, InboundItem, MediaStore } from "@rarity/channel-kit";
import { asAppError } from "@rarity/platform/errors";
import type { Agent } from "node:http";
import type { Logger } from "pino";
import type { KeyChanges, SealedKeyStore } from "../store/sealed-key-store.ts";
import { FileRefusedError } from "./decrypt-file.ts";
import { downloadMedia } from "./download-media.ts";
import type { MediaPart } from "./download-media.ts";
import { envelopeOf, readMessage } from "./inbound-item.ts";
import type { ReadMessage } from "./inbound-item.ts";
import { createSerialQueue } from "./serial-queue.ts";
import { inboxCategory, inboxRow } from "./stanza-inbox.ts";
import type { KeptStanza } from "./stanza-inbox.ts";

export type InboundDeps = {
  logger: Logger;
  keys: SealedKeyStore;
  media: MediaStore;
  me(): { id: string; lid?: string | undefined };
  mediaHost(): Promise<string>;
  record(item: InboundItem): Promise<void>;
  /** The database is away. What was decrypted is replayed by the next connection, so one is needed. */
  onStoreAway(): void;
  mediaTimeoutMs: number;
  /** The account's way out; undefined goes directly. */
  agent: Agent | undefined;
};

export type InboundPipeline = {
  /** One chat keeps its order; a slow download holds up its own chat only. */
  accept(message: WAMessage): void;
  /** What was decrypted by an earlier process that died before it was recorded. */
  replay(stanza: KeptStanza): void;
  /** The sending device of a message id, so that its inbox row can be removed. */
  note(id: string, from: string): void;
  idle(): Promise<void>;
};

const downloadTriesMax = 3;
const rowsNotedMax = 5000;

export function createInboundPipeline(deps: InboundDeps): InboundPipeline {
  const rows = new Map<string, Set<string>>();
  const queue = createSerialQueue((error) => {
    deps.logger.error({ error: nameOf(error) }, "an inbound message was not recorded");
  });

  const process = async (message: WAMessage): Promise<void> => {
    const envelope = envelopeOf(message, deps.me(), Date.now());
    const read = readMessage(message.message);
    if (envelope !== undefined && read !== undefined) {
      await recordOrReplay(deps, { ...envelope, content: await contentOf(deps, read) });
    }
    const id = message.key.id ?? "";
    const done = rows.get(id);
    // A message that could not be decrypted has no row, and one will come with the resend.
    if (done === undefined || !message.message) return;
    rows.delete(id);
    const gone = Object.fromEntries([...done].map((row) => [row, null]));
    const changes: KeyChanges = { [inboxCategory]: gone };
    await deps.keys.set(changes);
  };

  return {
    accept(message) {
      queue.run(message.key.remoteJid ?? "", () => process(message));
    },
    replay(stanza) {
      const { id, from } = stanza.attrs;
      if (id === undefined || from === undefined) return;
      noteRow(rows, id, inboxRow(from, id));
      const message = rebuild(stanza, deps.me());
      queue.run(message.key.remoteJid ?? "", () => process(message));
    },
    note(id, from) {
      noteRow(rows, id, inboxRow(from, id));
    },
    idle: () => queue.idle(),
  };
}

/** A message that the database refuses would end every next connection, too: it is only logged. */
async function recordOrReplay(deps: InboundDeps, item: InboundItem): Promise<void> {
  try {
    await deps.record(item);
  } catch (error) {
    if (asAppError(error).code === "UNAVAILABLE") deps.onStoreAway();
    throw error;
  }
}

function noteRow(rows: Map<string, Set<string>>, id: string, row: string): void {
  rows.set(id, (rows.get(id) ?? new Set()).add(row));
  for (const oldest of rows.keys()) {
    if (rows.size <= rowsNotedMax) break;
    rows.delete(oldest);
  }
}

/** The same steps the library takes between decryption and its event. */
function rebuild(stanza: KeptStanza, me: { id: string; lid?: string | undefined }): WAMessage {
  const node = { tag: "message", attrs: stanza.attrs };
  const { fullMessage } = decodeMessageNode(node, me.id, me.lid ?? "");
  const decoded = proto.Message.decode(unpadRandomMax16(stanza.plain));
  const message: WAMessage = {
    ...fullMessage,
    message: decoded.deviceSentMessage?.message ?? decoded,
  };
  cleanMessage(message, me.id, me.lid ?? "");
  return message;
}

async function contentOf(deps: InboundDeps, read: ReadMessage): Promise<InboundContent> {
  if (read.type === "ready") return read.content;
  const { quotedProviderMessageId } = read;
  const quoted = quotedProviderMessageId === undefined ? {} : { quotedProviderMessageId };
  try {
    return { type: "media", media: await fetchFile(deps, read.part), ...quoted };
  } catch (error) {
    // The words "a photo arrived" are worth more than nothing.
    deps.logger.warn({ error: nameOf(error), kind: read.part.kind }, "media was not fetched");
    return { type: "unsupported", what: `${read.part.kind} (file not available)` };
  }
}

async function fetchFile(deps: InboundDeps, part: MediaPart) {
  const host = await deps.mediaHost();
  const download = { ...deps, store: deps.media, mediaHost: () => host };
  for (let turn = 1; ; turn += 1) {
    try {
      return await downloadMedia({ ...download, timeoutMs: deps.mediaTimeoutMs }, part);
    } catch (error) {
      if (turn >= downloadTriesMax || error instanceof FileRefusedError) throw error;
    }
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 200) : "unknown";
}

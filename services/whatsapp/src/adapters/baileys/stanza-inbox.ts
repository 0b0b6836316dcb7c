import { createHash } from "node:crypto";
import type { BinaryNode } from "@whiskeysockets/baileys";
import { z } from "zod";

/**
 * Decrypting moves the ratchet, and the library confirms a message to the server before it hands
 * it to us: a crash in between would lose it. So the plaintext is written in the same commit as
 * the ratchet and removed once the message is recorded; what is left over is replayed at start.
 */
export const inboxCategory = "inbox";

export type KeptStanza = { attrs: Record<string, string>; plain: Buffer };

export const keptStanza: z.ZodType<KeptStanza> = z.object({
  attrs: z.record(z.string(), z.string()),
  plain: z.instanceof(Buffer),
});

export type StanzaInbox = {
  /** Remembers where a ciphertext came from, until it is decrypted. */
  arrived(node: BinaryNode): void;
  take(ciphertext: Uint8Array): { row: string; attrs: Record<string, string> } | undefined;
};

const arrivedMax = 5000;

export function createStanzaInbox(): StanzaInbox {
  const waiting = new Map<string, { row: string; attrs: Record<string, string> }>();
  return {
    arrived(node) {
      const { id, from, category } = node.attrs;
      if (id === undefined || from === undefined || category === "peer") return;
      if (!Array.isArray(node.content)) return;
      for (const child of node.content) {
        if (child.tag !== "enc" || !(child.content instanceof Uint8Array)) continue;
        const row = inboxRow(from, id);
        waiting.set(digest(child.content), { row, attrs: { ...node.attrs } });
      }
      for (const oldest of waiting.keys()) {
        if (waiting.size <= arrivedMax) break;
        waiting.delete(oldest);
      }
    },
    take(ciphertext) {
      const key = digest(ciphertext);
      const found = waiting.get(key);
      waiting.delete(key);
      return found;
    },
  };
}

/** One row per message and sending device: a redelivery finds the same row again. */
export function inboxRow(from: string, id: string): string {
  return `${from}|${id}`;
}

function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("base64");
}

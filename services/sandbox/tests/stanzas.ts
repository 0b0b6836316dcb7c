import type { BinaryNode } from "@whiskeysockets/baileys";
import { vi } from "vitest";
import type { TestClient } from "./client.ts";

const patient = { timeout: 40_000 };

type Wanted = { tag: string } & Partial<Record<string, string>>;

export type Watched = {
  /** All stanzas so far that fit. */
  all(wanted: Wanted): BinaryNode[];
  /** The first stanza that fits, once it is there. */
  first(wanted: Wanted): Promise<BinaryNode>;
};

/** What the server sends to one client, as it comes off the wire. */
export function watchStanzas(client: TestClient): Watched {
  const seen: BinaryNode[] = [];
  client.sock.ws.on("frame", (frame: BinaryNode | Uint8Array) => {
    if (!(frame instanceof Uint8Array)) seen.push(frame);
  });
  const all = ({ tag, ...attrs }: Wanted): BinaryNode[] =>
    seen.filter(
      (stanza) =>
        stanza.tag === tag &&
        Object.entries(attrs).every(([name, value]) => stanza.attrs[name] === value),
    );
  return {
    all,
    first: (wanted) => vi.waitUntil(() => all(wanted)[0], patient),
  };
}

/** A question of its own; the server's answer, an error as it came. */
export async function ask(
  client: TestClient,
  attrs: Record<string, string>,
  content: BinaryNode[] = [],
): Promise<BinaryNode> {
  const id = client.sock.generateMessageTag();
  const watched = watchStanzas(client);
  const stanza = { tag: "iq", attrs: { to: "s.whatsapp.net", id, ...attrs }, content };
  await client.sock.sendNode(stanza);
  return watched.first({ tag: "iq", id });
}

export const node = (
  tag: string,
  attrs: Record<string, string> = {},
  content?: BinaryNode["content"],
): BinaryNode => (content === undefined ? { tag, attrs } : { tag, attrs, content });

/** The server still answers this client, and has dealt with all it sent before. */
export const ping = (client: TestClient): Promise<BinaryNode> =>
  ask(client, { type: "get", xmlns: "w:p" }, [node("ping")]);

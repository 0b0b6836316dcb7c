import {
  decodeBinaryNode,
  encodeBinaryNode,
  type BinaryNode,
  type proto,
} from "@whiskeysockets/baileys";
import type { NoiseAuthority } from "./authority.ts";
import { createDeframer, frame } from "./framing.ts";
import { createHandshake } from "./handshake.ts";
import { createTransport, type Transport } from "./transport.ts";

export type NoiseCallbacks = {
  write(bytes: Buffer): void;
  onClientPayload(payload: proto.ClientPayload, clientStatic: Buffer): void | Promise<void>;
  onNode(node: BinaryNode): void | Promise<void>;
  /** A frame that decrypts but is no stanza: it is dropped, the connection stays. */
  onUnreadable(error: unknown): void;
};

/** The server's side of one Noise connection. */
export type NoiseServer = {
  push(data: Buffer): Promise<void>;
  send(node: BinaryNode): void;
};

export function createNoiseServer(
  authority: NoiseAuthority,
  callbacks: NoiseCallbacks,
): NoiseServer {
  const deframer = createDeframer();
  const handshake = createHandshake(authority);
  let phase: "intro" | "hello" | "finish" = "intro";
  let transport: Transport | undefined;

  const onFrame = async (bytes: Buffer): Promise<void> => {
    if (transport !== undefined) {
      const stanza = await readStanza(transport.open(bytes), callbacks);
      if (stanza !== undefined) await callbacks.onNode(stanza);
    } else if (phase === "hello") {
      callbacks.write(frame(handshake.hello(bytes)));
      phase = "finish";
    } else {
      const { keys, payload, clientStatic } = handshake.finish(bytes);
      transport = createTransport(keys);
      await callbacks.onClientPayload(payload, clientStatic);
    }
  };

  return {
    push: async (data) => {
      deframer.push(data);
      if (phase === "intro") {
        const intro = deframer.takeIntro();
        if (intro === undefined) return;
        handshake.intro(intro);
        phase = "hello";
      }
      for (let next = deframer.takeFrame(); next !== undefined; next = deframer.takeFrame()) {
        await onFrame(next);
      }
    },
    send: (node) => {
      if (transport === undefined) throw new Error("no transport keys yet");
      callbacks.write(frame(transport.seal(encodeBinaryNode(node))));
    },
  };
}

/** The decoder throws on a jid without user and server, which clients do send after an unlink. */
async function readStanza(
  plain: Buffer,
  { onUnreadable }: Pick<NoiseCallbacks, "onUnreadable">,
): Promise<BinaryNode | undefined> {
  try {
    return await decodeBinaryNode(plain);
  } catch (error) {
    onUnreadable(error);
    return undefined;
  }
}

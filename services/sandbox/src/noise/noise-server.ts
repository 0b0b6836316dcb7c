import {
  aesDecryptGCM,
  aesEncryptGCM,
  Curve,
  decodeBinaryNode,
  encodeBinaryNode,
  proto,
  type BinaryNode,
} from "@whiskeysockets/baileys";
import type { NoiseAuthority } from "./authority.ts";
import { createDeframer, frame } from "./framing.ts";
import { counterIv, createHandshakeState } from "./handshake-state.ts";

export type NoiseCallbacks = {
  write(bytes: Buffer): void;
  onClientPayload(payload: proto.ClientPayload, clientStatic: Buffer): void | Promise<void>;
  onNode(node: BinaryNode): void | Promise<void>;
};

/** The server's side of one Noise connection. */
export type NoiseServer = {
  push(data: Buffer): Promise<void>;
  send(node: BinaryNode): void;
};

const NO_AAD = Buffer.alloc(0);

type Transport = { readKey: Buffer; writeKey: Buffer; reads: number; writes: number };

export function createNoiseServer(
  authority: NoiseAuthority,
  callbacks: NoiseCallbacks,
): NoiseServer {
  const deframer = createDeframer();
  const state = createHandshakeState();
  const ephemeral = Curve.generateKeyPair();
  let phase: "intro" | "hello" | "finish" | "transport" = "intro";
  let transport: Transport | undefined;

  const onClientHello = (bytes: Buffer): void => {
    const hello = proto.HandshakeMessage.decode(bytes).clientHello;
    const clientEphemeral = Buffer.from(hello?.ephemeral ?? NO_AAD);
    state.authenticate(clientEphemeral);
    state.authenticate(ephemeral.public);
    state.mix(Curve.sharedKey(ephemeral.private, clientEphemeral));
    const encryptedStatic = state.encrypt(authority.serverStatic.public);
    state.mix(Curve.sharedKey(authority.serverStatic.private, clientEphemeral));
    const payload = state.encrypt(authority.chain);
    const serverHello = { ephemeral: ephemeral.public, static: encryptedStatic, payload };
    callbacks.write(frame(proto.HandshakeMessage.encode({ serverHello }).finish()));
    phase = "finish";
  };

  const onClientFinish = async (bytes: Buffer): Promise<void> => {
    const finish = proto.HandshakeMessage.decode(bytes).clientFinish;
    const clientStatic = state.decrypt(finish?.static ?? NO_AAD);
    state.mix(Curve.sharedKey(ephemeral.private, clientStatic));
    const payload = state.decrypt(finish?.payload ?? NO_AAD);
    const keys = state.split();
    transport = {
      readKey: keys.clientToServer,
      writeKey: keys.serverToClient,
      reads: 0,
      writes: 0,
    };
    phase = "transport";
    await callbacks.onClientPayload(proto.ClientPayload.decode(payload), clientStatic);
  };

  const onFrame = async (bytes: Buffer): Promise<void> => {
    if (phase === "hello") {
      onClientHello(bytes);
    } else if (transport === undefined) {
      await onClientFinish(bytes);
    } else {
      const plain = aesDecryptGCM(bytes, transport.readKey, counterIv(transport.reads++), NO_AAD);
      await callbacks.onNode(await decodeBinaryNode(plain));
    }
  };

  return {
    push: async (data) => {
      deframer.push(data);
      if (phase === "intro") {
        const intro = deframer.takeIntro();
        if (intro === undefined) return;
        state.authenticate(intro);
        phase = "hello";
      }
      for (let next = deframer.takeFrame(); next !== undefined; next = deframer.takeFrame()) {
        await onFrame(next);
      }
    },
    send: (node) => {
      if (transport === undefined) throw new Error("no transport keys yet");
      const plain = encodeBinaryNode(node);
      const iv = counterIv(transport.writes++);
      callbacks.write(frame(aesEncryptGCM(plain, transport.writeKey, iv, NO_AAD)));
    },
  };
}

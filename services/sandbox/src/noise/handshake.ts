import { Curve, proto } from "@whiskeysockets/baileys";
import type { NoiseAuthority } from "./authority.ts";
import { createHandshakeState } from "./handshake-state.ts";

type HandshakeResult = {
  clientStatic: Buffer;
  payload: proto.ClientPayload;
  keys: { clientToServer: Buffer; serverToClient: Buffer };
};

/** The server's side of the Noise XX handshake, message by message. */
export type Handshake = {
  /** The stream's first bytes are part of what both sides vouch for. */
  intro(bytes: Buffer): void;
  /** Takes the client's hello and returns the server's, chain of certificates included. */
  hello(bytes: Buffer): Uint8Array;
  /** Takes the client's last message; throws when it was made with other keys. */
  finish(bytes: Buffer): HandshakeResult;
};

const NOTHING = Buffer.alloc(0);

export function createHandshake(authority: NoiseAuthority): Handshake {
  const { serverStatic, chain } = authority;
  const state = createHandshakeState();
  const ephemeral = Curve.generateKeyPair();
  return {
    intro: state.authenticate,
    hello: (bytes) => {
      const hello = proto.HandshakeMessage.decode(bytes).clientHello;
      const clientEphemeral = Buffer.from(hello?.ephemeral ?? NOTHING);
      state.authenticate(clientEphemeral);
      state.authenticate(ephemeral.public);
      state.mix(Curve.sharedKey(ephemeral.private, clientEphemeral));
      const encryptedStatic = state.encrypt(serverStatic.public);
      state.mix(Curve.sharedKey(serverStatic.private, clientEphemeral));
      const payload = state.encrypt(chain);
      const serverHello = { ephemeral: ephemeral.public, static: encryptedStatic, payload };
      return proto.HandshakeMessage.encode({ serverHello }).finish();
    },
    finish: (bytes) => {
      const finish = proto.HandshakeMessage.decode(bytes).clientFinish;
      const clientStatic = state.decrypt(finish?.static ?? NOTHING);
      state.mix(Curve.sharedKey(ephemeral.private, clientStatic));
      const payload = proto.ClientPayload.decode(state.decrypt(finish?.payload ?? NOTHING));
      return { clientStatic, payload, keys: state.split() };
    },
  };
}

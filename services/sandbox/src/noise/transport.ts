import { aesDecryptGCM, aesEncryptGCM } from "@whiskeysockets/baileys";
import { counterIv } from "./handshake-state.ts";

/** Encrypted frames after the handshake: one key and one counter for each direction. */
export type Transport = {
  open(ciphertext: Uint8Array): Buffer;
  seal(plaintext: Uint8Array): Buffer;
};

const NO_AAD = Buffer.alloc(0);

export function createTransport(keys: {
  clientToServer: Buffer;
  serverToClient: Buffer;
}): Transport {
  let reads = 0;
  let writes = 0;
  return {
    open: (ciphertext) =>
      aesDecryptGCM(ciphertext, keys.clientToServer, counterIv(reads++), NO_AAD),
    seal: (plaintext) => aesEncryptGCM(plaintext, keys.serverToClient, counterIv(writes++), NO_AAD),
  };
}

import { aesDecryptGCM, aesEncryptGCM, hkdf, NOISE_MODE, sha256 } from "@whiskeysockets/baileys";

/** The symmetric state of Noise_XX_25519_AESGCM_SHA256 during the handshake. */
export type HandshakeState = {
  authenticate(data: Uint8Array): void;
  mix(sharedSecret: Uint8Array): void;
  encrypt(plaintext: Uint8Array): Buffer;
  decrypt(ciphertext: Uint8Array): Buffer;
  /** Transport keys: the first half is client to server, the second server to client. */
  split(): { clientToServer: Buffer; serverToClient: Buffer };
};

export const counterIv = (counter: number): Buffer => {
  const iv = Buffer.alloc(12);
  iv.writeUInt32BE(counter, 8);
  return iv;
};

export function createHandshakeState(): HandshakeState {
  const mode = Buffer.from(NOISE_MODE);
  let hash: Buffer = mode.byteLength === 32 ? mode : sha256(mode);
  let salt = hash;
  let key = hash;
  let counter = 0;
  const authenticate = (data: Uint8Array): void => {
    hash = sha256(Buffer.concat([hash, data]));
  };
  return {
    authenticate,
    mix: (sharedSecret) => {
      const derived = Buffer.from(hkdf(Buffer.from(sharedSecret), 64, { salt, info: "" }));
      salt = derived.subarray(0, 32);
      key = derived.subarray(32);
      counter = 0;
    },
    encrypt: (plaintext) => {
      const ciphertext = aesEncryptGCM(plaintext, key, counterIv(counter++), hash);
      authenticate(ciphertext);
      return ciphertext;
    },
    decrypt: (ciphertext) => {
      const plaintext = aesDecryptGCM(ciphertext, key, counterIv(counter++), hash);
      authenticate(ciphertext);
      return plaintext;
    },
    split: () => {
      const keys = Buffer.from(hkdf(Buffer.alloc(0), 64, { salt, info: "" }));
      return { clientToServer: keys.subarray(0, 32), serverToClient: keys.subarray(32) };
    },
  };
}

import { createRequire } from "node:module";
import { z } from "zod";

/** What is used here of libsignal's own classes. */
type Entry = {
  indexInfo: { used: number };
  serialize(): unknown;
  constructor: { deserialize(data: unknown): Entry };
};
type Cipher = { doDecryptWhisperMessage(data: Uint8Array, session: Entry): Promise<Uint8Array> };
type Decrypted = { session: Entry; plaintext: Uint8Array };
type CipherClass = {
  prototype: {
    decryptWithSessions(this: Cipher, data: Uint8Array, sessions: Entry[]): Promise<Decrypted>;
  };
};
type ErrorClass = new (message: string) => Error;

const isFunction = (value: unknown): boolean => typeof value === "function";
const cipherClass = z.custom<CipherClass>(isFunction);
const errorClasses = z.object({ SessionError: z.custom<ErrorClass>(isFunction) });

/**
 * A contact has several sessions whenever one of the sides started anew, and a message is tried on
 * each. libsignal 6.0.0 tries on the sessions themselves: a wrong one has stepped its ratchet by
 * the time the MAC fails, is stored like that, and all that is sent with it later is unreadable.
 * It also forgets that one of them said "seen before", and asks the sender for another copy.
 * Here a session that does not fit stays as it was, and a copy of a known message is called that.
 */
export function keepSessionsWhole(): void {
  const here = createRequire(import.meta.url);
  const library = createRequire(here.resolve("@whiskeysockets/baileys"));
  const cipher = cipherClass.parse(library("libsignal/src/session_cipher.js"));
  const { SessionError } = errorClasses.parse(library("libsignal/src/errors.js"));
  cipher.prototype.decryptWithSessions = async function (data, sessions) {
    for (const session of sessions) {
      const before = session.serialize();
      try {
        const plaintext = await this.doDecryptWhisperMessage(data, session);
        session.indexInfo.used = Date.now();
        return { session, plaintext };
      } catch (error) {
        Object.assign(session, session.constructor.deserialize(before));
        // Its chain is known and its key is used up: no other session can be the right one.
        if (error instanceof Error && error.name === "MessageCounterError") throw error;
      }
    }
    throw new SessionError("No matching sessions found for message");
  };
}

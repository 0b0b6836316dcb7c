import { wsCloseCodes } from "@rarity/contracts/events";
import type { WebSocket } from "ws";
import type { Frame } from "./wire-event.ts";

const bufferedBytesMax = 1024 * 1024;
const closeGraceMs = 2_000;

/** The writing end of one socket. A reader that does not keep up is closed, never waited for. */
export class SocketOutbox {
  readonly #socket: WebSocket;
  #closeTimer: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.once("close", () => clearTimeout(this.#closeTimer));
  }

  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Always an array, so that a client reads every frame alike. */
  reply(envelope: object): void {
    this.#write(Buffer.from(JSON.stringify([envelope])));
  }

  send(frame: Frame): void {
    this.#write(frame.bytes);
  }

  /** Resolves when the operating system took the bytes: the brake of a long catch-up. */
  async sendAndDrain(frame: Frame): Promise<void> {
    if (!this.open) return;
    await new Promise<void>((resolve) => {
      // An error here ends in the socket's close, which stops whoever is sending.
      this.#socket.send(frame.bytes, { binary: false }, () => resolve());
    });
  }

  close(code: number, reason: string): void {
    if (!this.open) return;
    this.#socket.close(code, reason);
    this.#closeTimer = setTimeout(() => this.#socket.terminate(), closeGraceMs);
  }

  #write(bytes: Buffer): void {
    if (!this.open) return;
    if (this.#socket.bufferedAmount > bufferedBytesMax) {
      this.close(wsCloseCodes.slowReader, "the reader does not keep up");
      return;
    }
    this.#socket.send(bytes, { binary: false });
  }
}

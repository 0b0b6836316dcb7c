/** Splits the byte stream into frames: an intro, then 3-byte big-endian length and payload. */
export type Deframer = {
  push(data: Buffer): void;
  /** The intro header once its bytes are here; throws on anything but `WA`. */
  takeIntro(): Buffer | undefined;
  takeFrame(): Buffer | undefined;
};

const ROUTING_HEADER_BYTES = 7;
const INTRO_BYTES = 4;

export function createDeframer(): Deframer {
  let buffer: Buffer = Buffer.alloc(0);
  const take = (length: number): Buffer => {
    const taken = buffer.subarray(0, length);
    buffer = buffer.subarray(length);
    return taken;
  };
  return {
    push: (data) => {
      buffer = Buffer.concat([buffer, data]);
    },
    takeIntro: () => {
      // An optional edge-routing prefix comes first: "ED" 00 01, length in 3 bytes, the bytes.
      if (buffer.subarray(0, 2).toString() === "ED") {
        if (buffer.length < ROUTING_HEADER_BYTES) return undefined;
        const prefix = ROUTING_HEADER_BYTES + buffer.readUIntBE(4, 3);
        if (buffer.length < prefix + INTRO_BYTES) return undefined;
        take(prefix);
      }
      if (buffer.length < INTRO_BYTES) return undefined;
      if (buffer.subarray(0, 2).toString() !== "WA") throw new Error("bad intro header");
      return take(INTRO_BYTES);
    },
    takeFrame: () => {
      if (buffer.length < 3) return undefined;
      const size = buffer.readUIntBE(0, 3);
      if (buffer.length < 3 + size) return undefined;
      take(3);
      return take(size);
    },
  };
}

export function frame(payload: Uint8Array): Buffer {
  const header = Buffer.alloc(3);
  header.writeUIntBE(payload.length, 0, 3);
  return Buffer.concat([header, payload]);
}

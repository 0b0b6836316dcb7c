import { deflateRawSync, inflateRawSync } from "node:zlib";

/** A JSON text in some hundred bytes. Strings, because V8 moves them when it makes room; buffers stay. */
export interface Packed {
  readonly text: string;
  readonly dictionary: Uint8Array;
}

/** Objects of a kind differ in little: each is kept as what it has that one seen before has not. */
export interface Packer {
  pack(text: string): Packed;
}

/** A window of 16 KB reaches back over a whole object, and takes no more memory than the C library reuses. */
const settings = { windowBits: 14, memLevel: 5, level: 3 } as const;
/** Out of the buffer that small pieces share. */
const chunkSize = 4_000;
/** Larger than this share of the text says that objects have come to look different. */
const poorShare = 0.15;
/** So many of them before another dictionary is taken: each costs as much as some fifty objects. */
const poorMax = 50;

export const createPacker = (): Packer => {
  let dictionary: Uint8Array | undefined;
  let poor = 0;
  return {
    pack: (object) => {
      const json = Buffer.from(object);
      dictionary ??= keep(json);
      const packed = deflate(json, dictionary);
      const { text } = packed;
      if (text.length > json.length * poorShare) poor += 1;
      if (poor < poorMax) return packed;
      poor = 0;
      dictionary = keep(json);
      return deflate(json, dictionary);
    },
  };
};

/** A small buffer is a piece of a larger one, which would be kept with it. */
const keep = (json: Buffer): Uint8Array => new Uint8Array(json);

const deflate = (json: Buffer, dictionary: Uint8Array): Packed => ({
  text: deflateRawSync(json, { ...settings, chunkSize, dictionary }).toString("latin1"),
  dictionary,
});

export const unpack = ({ text, dictionary }: Packed): string => {
  const { windowBits } = settings;
  const packed = Buffer.from(text, "latin1");
  return inflateRawSync(packed, { windowBits, chunkSize, dictionary }).toString();
};

/** Images beyond this are refused: a small file may unfold to gigabytes in a decoder. */
export const imagePixelsMax = 50_000_000;

/** Width times height as the header says, or undefined when the head does not show it. */
export function imagePixels(contentType: string, head: Uint8Array): number | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    switch (contentType) {
      case "image/png":
        return view.getUint32(16) * view.getUint32(20);
      case "image/gif":
        return view.getUint16(6, true) * view.getUint16(8, true);
      case "image/webp":
        return webpPixels(view);
      case "image/jpeg":
        return jpegPixels(view);
      default:
        return undefined;
    }
  } catch (error) {
    // Read past the end: the header is cut off.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function webpPixels(view: DataView): number | undefined {
  const chunk = view.getUint32(12);
  // "VP8 ": 14-bit numbers after the start code of the key frame.
  if (chunk === 0x56503820) {
    return (view.getUint16(26, true) & 0x3fff) * (view.getUint16(28, true) & 0x3fff);
  }
  // "VP8L": two 14-bit numbers less one, packed.
  if (chunk === 0x5650384c) {
    const bits = view.getUint32(21, true);
    return ((bits & 0x3fff) + 1) * (((bits >>> 14) & 0x3fff) + 1);
  }
  // "VP8X": two 24-bit numbers less one.
  if (chunk === 0x56503858) return (uint24(view, 24) + 1) * (uint24(view, 27) + 1);
  return undefined;
}

const uint24 = (view: DataView, offset: number): number =>
  view.getUint16(offset, true) + view.getUint8(offset + 2) * 0x10000;

/** The frame header is the first marker C0 to CF but for the tables C4, C8 and CC. */
function jpegPixels(view: DataView): number | undefined {
  let offset = 2;
  while (view.getUint8(offset) === 0xff) {
    const marker = view.getUint8(offset + 1);
    if (marker === 0xff) {
      offset += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return view.getUint16(offset + 5) * view.getUint16(offset + 7);
    offset += 2 + view.getUint16(offset + 2);
  }
  return undefined;
}

import type { IncomingMessage } from "node:http";
import { Transform } from "node:stream";

export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";
}

/** The declared length of a body, or undefined for one sent in chunks. */
export function declaredLength(request: IncomingMessage): number | undefined {
  const header = request.headers["content-length"];
  return header === undefined ? undefined : Number(header);
}

/** Passes bytes on and fails on the first one beyond `maxBytes`; for bodies sent in chunks. */
export function limitBody(maxBytes: number): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > maxBytes) done(new BodyTooLarge(`more than ${maxBytes} bytes`));
      else done(null, chunk);
    },
  });
}

import { expect, it } from "vitest";
import { readLines } from "./read-lines.ts";

async function* chunks(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
  await Promise.resolve();
}

it("puts lines together across chunks, in the middle of a character too, and drops the rest", async () => {
  const bytes = new TextEncoder().encode("eins\nzwölf\n\ndrei\nabgeschn");
  const lines: string[] = [];
  for await (const line of readLines(chunks(bytes.slice(0, 8), bytes.slice(8)))) lines.push(line);
  expect(lines).toEqual(["eins", "zwölf", "drei"]);
});

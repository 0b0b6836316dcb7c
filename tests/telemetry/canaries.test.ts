import { expect, test } from "vitest";
import { leaksIn, tokenCanaries } from "./canaries.ts";

const canaries = { text: 'said "so" ü', phone: "15550001111", password: "p&ss w0rd+" };
const line = (what: string): string => `{"level":"info","msg":"x","field":"${what}"}\n`;

test.each([
  ["as it is", (value: string) => value],
  ["in a query", (value: string) => encodeURIComponent(value)],
  ["as a JSON string", (value: string) => JSON.stringify(value)],
  ["in basic authentication", (value: string) => Buffer.from(value).toString("base64")],
  ["in bytes", (value: string) => Buffer.from(value).toString("hex")],
])("finds what leaked %s", (_how, write) => {
  for (const [name, value] of Object.entries(canaries)) {
    const text = line("good") + line(write(value)) + line("good");
    expect(leaksIn(text, canaries).map((leak) => leak.split(" ")[0])).toEqual([name]);
  }
});

test("finds nothing where nothing is, and the place where something is", () => {
  expect(leaksIn(line("good"), canaries)).toEqual([]);
  expect(leaksIn(line(canaries.phone), canaries)[0]).toMatch(/^phone plain after .*"field":"$/);
});

test("finds a token whose head was cut off", () => {
  const token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLW9mLXRlc3Q";
  const secret = tokenCanaries("access token", token);
  expect(leaksIn(line(token.slice(30)), secret)).toHaveLength(1);
});

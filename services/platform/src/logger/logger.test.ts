import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { createLogger, type Logger } from "./index.ts";

const canary = "canary-5512";
const number = "+14155550199";

const logged = (write: (logger: Logger) => void): string => {
  let text = "";
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  write(createLogger({ service: "test", level: "trace", stream }));
  return text;
};

const parserError = (): unknown => {
  try {
    return JSON.parse(`{"text":"${canary}"`);
  } catch (error) {
    return error;
  }
};

const databaseError = Object.assign(new Error(`invalid input: "${canary}"`), {
  code: "22P02",
  severity: "ERROR",
  detail: `Key (value)=(${canary}) already exists.`,
  where: `JSON data, line 1: {"text":"${canary}"`,
  constraint: "contact_identity_key",
});

test.each<[string, unknown]>([
  ["Postgres, which quotes values", databaseError],
  ["the JSON parser, which quotes its input", parserError()],
  ["a library that hangs its request on it", Object.assign(new Error("x"), { data: canary })],
  ["a number in the words of a library", new Error(`no session for ${number}`)],
  ["a chat in the words of a library", new Error("no session for 14155550199:3@s.whatsapp.net")],
  ["a cause", new Error("outer", { cause: databaseError })],
  ["something that is no error", canary],
])("an error from %s says what happened and not to whom", (_title, err) => {
  const text = logged((logger) => logger.error({ err }, "failed"));
  expect(text).toContain("failed");
  expect(text).not.toContain(canary);
  expect(text).not.toContain("4155550199");
});

test("what a rule of the database refused can still be found", () => {
  const line = JSON.parse(logged((logger) => logger.error({ err: databaseError }, "x"))) as {
    err: object;
  };
  expect(line.err).toMatchObject({ code: "22P02", rule: "contact_identity_key" });
  expect(JSON.stringify(line.err)).toContain("logger.test.ts");
});

test.each(["text", "phone", "token", "password", "jid", "chat", "pushName", "caption", "email"])(
  "a field called %s is not written, at the top or inside",
  (key) => {
    const fields = { [key]: canary, inner: { [key]: canary, deeper: { [key]: canary } } };
    const lists = { list: [{ [key]: canary }] };
    expect(logged((logger) => logger.info({ ...fields, ...lists }, "x"))).not.toContain(canary);
  },
);

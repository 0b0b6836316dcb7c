import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { silenceLibsignal } from "../src/silence-libsignal.ts";
import { connectClient, received } from "./client.ts";
import {
  addPhone,
  call,
  chat,
  jid,
  LEAD,
  linkClient,
  SALES,
  startTestSandbox,
  type LedgerAnswer,
} from "./control.ts";

silenceLibsignal();

const patient = { timeout: 20_000 };
let directory: string;
let dataFile: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sandbox-"));
  dataFile = join(directory, "state", "data");
});

afterEach(() => rmSync(directory, { recursive: true }));

test(
  "after a restart the client logs in without a QR and goes on",
  { timeout: 90_000 },
  async () => {
    const before = await startTestSandbox({ dataFile });
    await addPhone(before, SALES, "Sales");
    await addPhone(before, LEAD, "Lead");
    const { auth, client: first } = await linkClient(before);
    const send = (text: string): object => ({ to: SALES, text });
    const { id: greeting } = await call<{ id: string }>(
      before,
      "POST",
      `/api/phones/${LEAD}/send`,
      send("before"),
    );
    await vi.waitUntil(() => received(first, greeting), patient);
    const sent = await first.sock.sendMessage(jid(LEAD), { text: "one" });
    await vi.waitFor(async () => {
      expect((await chat(before, LEAD, SALES)).data).toHaveLength(2);
    }, patient);
    const picture = Buffer.from("a file that must survive");
    const media = {
      kind: "document",
      mimetype: "text/plain",
      contentBase64: picture.toString("base64"),
    };
    void first.sock.end(undefined);
    await first.closed;
    const { id: waiting } = await call<{ id: string }>(before, "POST", `/api/phones/${LEAD}/send`, {
      to: SALES,
      media,
    });
    const ledgerBefore = await call<LedgerAnswer>(before, "GET", "/api/ledger");
    const infoBefore = await call<Record<string, string>>(before, "GET", "/api/info");
    await before.close();
    expect(statSync(dataFile).mode & 0o077).toBe(0);

    const after = await startTestSandbox({ dataFile });
    const info = await call<Record<string, string>>(after, "GET", "/api/info");
    expect(info["rootKeyHex"]).toBe(infoBefore["rootKeyHex"]);
    expect(info["mediaCaPem"]).toBe(infoBefore["mediaCaPem"]);
    expect(await call(after, "GET", "/api/ledger")).toEqual(ledgerBefore);
    const file = await fetch(`${after.url}/api/phones/${LEAD}/media/${waiting}`);
    expect(await file.text()).toBe(picture.toString());

    const second = connectClient(auth, after);
    second.qr.then(
      () => expect.unreachable("it asked for a new QR"),
      () => undefined,
    );
    await second.opened;
    await vi.waitUntil(() => received(second, waiting), patient);
    const next = await second.sock.sendMessage(jid(LEAD), { text: "two" });
    await vi.waitFor(async () => {
      const { data } = await chat(after, LEAD, SALES);
      expect(data.map(({ id }) => id)).toEqual([greeting, sent?.key.id, waiting, next?.key.id]);
    }, patient);
    const { data } = await call<LedgerAnswer>(after, "GET", `/api/ledger?phone=${LEAD}`);
    expect(data).toMatchObject([
      { messageId: sent?.key.id, copies: 1, displayed: 1, undecryptable: 0 },
      { messageId: next?.key.id, copies: 1, displayed: 1, undecryptable: 0 },
    ]);
    const { id: last } = await call<{ id: string }>(
      after,
      "POST",
      `/api/phones/${LEAD}/send`,
      send("after"),
    );
    const message = await vi.waitUntil(() => received(second, last), patient);
    expect(message.message?.conversation).toBe("after");
    void second.sock.end(undefined);
    await after.close();
  },
);

test("faults, events and how phones behave survive a restart", { timeout: 60_000 }, async () => {
  const before = await startTestSandbox({ dataFile });
  await addPhone(before, LEAD, "Lead");
  const settings = { online: false, autoReply: { text: "later" }, lidMigrated: true };
  await call(before, "PATCH", `/api/phones/${LEAD}`, settings);
  await call(before, "POST", "/api/faults", { kind: "ack_error", account: LEAD, count: 3 });
  type Events = { data: { seq: number; type: string }[]; last: number };
  const paths = [`/api/phones/${LEAD}`, "/api/faults", "/api/events"];
  const read = (sandbox: typeof before): Promise<unknown[]> =>
    Promise.all(paths.map((path) => call(sandbox, "GET", path)));
  const state = await read(before);
  expect(state[2]).toMatchObject({ last: 3 });
  await before.close();

  const after = await startTestSandbox({ dataFile });
  expect(await read(after)).toEqual(state);
  await addPhone(after, SALES, "Sales");
  const { data, last } = await call<Events>(after, "GET", "/api/events?after=3");
  expect(data).toMatchObject([{ seq: 4, type: "phone_created" }]);
  expect(last).toBe(4);
  await after.close();
});

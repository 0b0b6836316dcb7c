import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { GateClosedError } from "@rarity/channel-kit";
import type { AttemptContent, InboundItem, MediaStore } from "@rarity/channel-kit";
import { createFileMediaStorage } from "@rarity/platform/media";
import { waitFor } from "@rarity/platform/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { muteConsole } from "../src/adapters/baileys/mute-console.ts";
import { pinTrustRoot, useStrictSignatures } from "../src/adapters/baileys/trust.ts";
import { startSandboxProcess } from "./support/sandbox-process.ts";
import type { SandboxProcess } from "./support/sandbox-process.ts";
import { createTestAccount, createTestPermit, orgId } from "./support/test-account.ts";
import type { TestAccount } from "./support/test-account.ts";

const salesPhone = "15550001001";
const leadPhone = "15550001002";
const patience = { timeoutMs: 30_000 };

let sandbox: SandboxProcess;
let sales: TestAccount;
/** The lead's own second device: a person's files can be seen only by a device of theirs. */
let lead: TestAccount;
let media: MediaStore;
let directory: string;
let unmute: () => void;

beforeAll(async () => {
  unmute = muteConsole();
  sandbox = await startSandboxProcess();
  useStrictSignatures();
  pinTrustRoot(sandbox.rootKeyHex);
  setDefaultCACertificates([...getCACertificates("default"), sandbox.mediaCaPem]);
  directory = await mkdtemp(path.join(tmpdir(), "whatsapp-test-"));
  media = createFileMediaStorage(directory).forTenant(orgId);
  await sandbox.post("/api/phones", { phone: salesPhone, name: "Sales", business: true });
  await sandbox.post("/api/phones", { phone: leadPhone, name: "Lead" });
  const { wireUrl } = sandbox;
  sales = createTestAccount({
    ...{ wireUrl, media, pairing: { method: "qr" } },
    onShown: async (_method, qr) => {
      await scan(salesPhone, qr);
    },
  });
  lead = createTestAccount({
    ...{ wireUrl, media, pairing: { method: "code", phone: leadPhone } },
    onShown: (_method, code) => enterCode(leadPhone, code),
  });
}, 60_000);

afterAll(async () => {
  await Promise.allSettled([sales.driver.stop("shutdown"), lead.driver.stop("shutdown")]);
  await sandbox.stop();
  await rm(directory, { recursive: true, force: true });
  unmute();
});

const scan = (phone: string, qr: string) => sandbox.post(`/api/phones/${phone}/scan`, { qr });

/** The code is on the screen a moment before the server has heard of it. */
async function enterCode(phone: string, code: string): Promise<void> {
  const tryOnce = () =>
    sandbox.post(`/api/phones/${phone}/enter-code`, { code }).then(
      () => true,
      () => false,
    );
  await waitFor(tryOnce, { ...patience, what: "the code to be accepted" });
}

const isOpen = (account: TestAccount) =>
  waitFor(() => account.isOpen(), { ...patience, what: "an open connection" });

const receiptOf = (token: string, status: string) =>
  waitFor(
    () =>
      sales.receipts.find(
        (receipt) => receipt.providerMessageId === token && receipt.status === status,
      ),
    { ...patience, what: `a ${status} receipt` },
  );

const inboundOf = (account: TestAccount, is: (item: InboundItem) => boolean) =>
  waitFor(() => account.inbound.find(is), { ...patience, what: "an inbound message" });

const hasText = (text: string) => (item: InboundItem) =>
  item.content.type === "text" && item.content.text === text;

const text = (words: string): AttemptContent => ({ type: "text", text: words });

describe("a WhatsApp account against the sandbox", { timeout: 60_000 }, () => {
  test("pairs by QR", async () => {
    await sales.connect();
    await isOpen(sales);
    const shown = sales.states.map((state) => ("detail" in state ? state.detail : state.state));
    expect(shown).toContain("qr");
    expect(sales.states.at(-1)).toMatchObject({
      state: "open",
      identity: { kind: "phone", value: `+${salesPhone}` },
    });
  });

  test("pairs by code", async () => {
    await lead.connect();
    await isOpen(lead);
    expect(lead.states.some((state) => "detail" in state && state.detail === "code")).toBe(true);
  });

  test("sends text, acknowledged by the server and delivered to the phone", async () => {
    const attempt = sales.attempt(leadPhone, text("hello"));
    const permit = createTestPermit();
    const outcome = await sales.driver.send(attempt, permit);
    expect(outcome).toMatchObject({
      outcome: "acked",
      providerMessageId: attempt.providerToken,
    });
    expect(permit.entries).toBe(1);
    await receiptOf(attempt.providerToken, "delivered");
    const chat = await sandbox.get(`/api/phones/${leadPhone}/chats/${salesPhone}/messages`);
    expect(chat).toMatchObject({ data: [{ id: attempt.providerToken, text: "hello" }] });
  });

  test("shows one copy when the same token is sent again", async () => {
    const attempt = sales.attempt(leadPhone, text("only once"));
    await sales.driver.send(attempt, createTestPermit());
    const again = await sales.driver.send(attempt, createTestPermit({ resend: true }));
    expect(again.outcome).toBe("acked");
    const chat = await sandbox.get(`/api/phones/${leadPhone}/chats/${salesPhone}/messages`);
    const { data } = chat as { data: { id: string }[] };
    expect(data.filter(({ id }) => id === attempt.providerToken)).toHaveLength(1);
  });

  test("reports that a message was read", async () => {
    const attempt = sales.attempt(leadPhone, text("read me"));
    await sales.driver.send(attempt, createTestPermit());
    await receiptOf(attempt.providerToken, "delivered");
    await sandbox.post(`/api/phones/${leadPhone}/read`, { chat: salesPhone });
    await receiptOf(attempt.providerToken, "read");
  });

  test("receives a reply and keeps nothing of it in the inbox once recorded", async () => {
    await sandbox.post(`/api/phones/${leadPhone}/send`, { to: salesPhone, text: "tell me more" });
    const item = await inboundOf(sales, hasText("tell me more"));
    expect(item).toMatchObject({
      chat: { kind: "phone", value: `+${leadPhone}` },
      sender: { kind: "phone", value: `+${leadPhone}` },
      fromMe: false,
      backfilled: false,
      pushName: "Lead",
    });
    await waitFor(() => sales.rows.count("inbox") === 0, { what: "an empty inbox" });
    expect(sales.rows.bytes().includes("tell me more")).toBe(false);
  });

  test("carries an image both ways, byte for byte", async () => {
    for (const [from, to, phone] of [
      [sales, lead, leadPhone],
      [lead, sales, salesPhone],
    ] as const) {
      const { content, bytes } = await storedImage();
      const attempt = from.attempt(phone, content);
      expect(await from.driver.send(attempt, createTestPermit())).toMatchObject({
        outcome: "acked",
      });
      const id = attempt.providerToken;
      const item = await inboundOf(to, (found) => found.providerMessageId === id);
      if (item.content.type !== "media") throw new Error(JSON.stringify(item.content));
      expect(item.content.media).toMatchObject({
        kind: "image",
        contentType: "image/png",
        caption: "our offer",
        sizeBytes: bytes.length,
      });
      const received = await media.read(item.content.media.storageKey);
      expect(received.equals(bytes)).toBe(true);
    }
  });

  test("refuses a number that is not on WhatsApp without writing anything", async () => {
    const permit = createTestPermit();
    const outcome = await sales.driver.send(sales.attempt("15559999999", text("x")), permit);
    expect(outcome).toMatchObject({
      outcome: "refused",
      error: { class: "recipient", code: "NOT_ON_WHATSAPP" },
    });
    expect(permit.entries).toBe(0);
  });

  test("reports a refused acknowledgement with its reason", async () => {
    await sandbox.post("/api/faults", { kind: "ack_error", account: salesPhone, code: "463" });
    const outcome = await sales.driver.send(
      sales.attempt(leadPhone, text("refused")),
      createTestPermit(),
    );
    expect(outcome).toMatchObject({ outcome: "refused", error: { class: "account", code: "463" } });
  });

  test("reports a refusal that comes after the wait as a failed receipt", async () => {
    await sandbox.post("/api/faults", { kind: "ack_error", account: salesPhone, code: "479" });
    const attempt = sales.attempt(leadPhone, text("refused late"));
    const patienceEnds = new AbortController();
    const permit = createTestPermit({ signal: patienceEnds.signal });
    const entering: typeof permit = {
      ...permit,
      entered: true,
      enter: () => {
        permit.enter();
        // The send times out while the frame is on its way.
        patienceEnds.abort();
      },
    };
    expect(await sales.driver.send(attempt, entering)).toMatchObject({ outcome: "unresolved" });
    const receipt = await receiptOf(attempt.providerToken, "failed");
    expect(receipt.error).toMatchObject({ class: "content", code: "479" });
  });

  test("reconnects after a drop and takes the reply that waited", async () => {
    await sales.driver.stop("shutdown");
    await sandbox.post(`/api/phones/${leadPhone}/send`, { to: salesPhone, text: "while away" });
    const openings = sales.states.length;
    await sales.connect();
    await inboundOf(sales, hasText("while away"));
    await waitFor(() => sales.states.slice(openings).some(({ state }) => state === "open"));

    const before = sales.states.length;
    await sandbox.post("/api/faults", { kind: "drop_connection", account: salesPhone });
    await waitFor(() => sales.states.slice(before).some(({ state }) => state === "open"), patience);
    expect(sales.states.slice(before).map(({ state }) => state)).toContain("closed");
    const outcome = await sales.driver.send(
      sales.attempt(leadPhone, text("back again")),
      createTestPermit(),
    );
    expect(outcome.outcome).toBe("acked");
  });

  test("writes nothing when the gate is closed, and recovers on a new socket", async () => {
    const attempt = sales.attempt(leadPhone, text("too late"));
    const permit = createTestPermit({ refuse: new GateClosedError(10) });
    const before = sales.states.length;
    await expect(sales.driver.send(attempt, permit)).rejects.toThrow(GateClosedError);
    await waitFor(() => sales.states.slice(before).some(({ state }) => state === "open"), patience);
    const chat = await sandbox.get(`/api/phones/${leadPhone}/chats/${salesPhone}/messages`);
    expect(JSON.stringify(chat)).not.toContain(attempt.providerToken);
    const outcome = await sales.driver.send(attempt, createTestPermit());
    expect(outcome.outcome).toBe("acked");
    await receiptOf(attempt.providerToken, "delivered");
  });

  test("forgets the session when the phone removes the device", async () => {
    await sandbox.post("/api/faults", { kind: "device_removed", account: salesPhone });
    await waitFor(
      () => sales.states.some((state) => state.state === "closed" && state.reason === "logged_out"),
      patience,
    );
  });
});

/** Not a picture anybody could see, but with the first bytes of one. */
async function storedImage(): Promise<{ content: AttemptContent; bytes: Buffer }> {
  const bytes = Buffer.concat([onePixelPng, randomBytes(50_000)]);
  const file = { contentType: "image/png", ...(await media.write(bytes, "image/png")) };
  return { bytes, content: { type: "image", mediaId: orgId, ...file, caption: "our offer" } };
}

const onePixelPng = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

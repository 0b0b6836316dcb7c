import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { DriverState, MediaStore } from "@rarity/channel-kit";
import { createFileMediaStorage } from "@rarity/platform/media";
import { waitFor } from "@rarity/platform/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { muteConsole } from "../src/adapters/baileys/mute-console.ts";
import { pinTrustRoot, useStrictSignatures } from "../src/adapters/baileys/trust.ts";
import { startSandboxProcess } from "./support/sandbox-process.ts";
import type { SandboxProcess } from "./support/sandbox-process.ts";
import { createTestAccount, createTestPermit, orgId } from "./support/test-account.ts";
import type { TestAccount } from "./support/test-account.ts";

const patience = { timeoutMs: 30_000 };
const leadPhone = "15550004999";

let sandbox: SandboxProcess;
let media: MediaStore;
let directory: string;
let unmute: () => void;
let account: TestAccount;
let phone: string;
let phones = 0;

beforeAll(async () => {
  unmute = muteConsole();
  sandbox = await startSandboxProcess();
  useStrictSignatures();
  pinTrustRoot(sandbox.rootKeyHex);
  directory = await mkdtemp(path.join(tmpdir(), "whatsapp-test-"));
  media = createFileMediaStorage(directory).forTenant(orgId);
  await sandbox.post("/api/phones", { phone: leadPhone, name: "Lead" });
}, 60_000);

afterAll(async () => {
  await sandbox.stop();
  await rm(directory, { recursive: true, force: true });
  unmute();
});

beforeEach(async () => {
  phones += 1;
  phone = `155500040${String(phones).padStart(2, "0")}`;
  const paired = phone;
  await sandbox.post("/api/phones", { phone, name: "Sales", business: true });
  account = createTestAccount({
    ...{ wireUrl: sandbox.wireUrl, media, pairing: { method: "qr" }, keepAliveIntervalMs: 500 },
    onShown: async (_method, qr) => {
      await sandbox.post(`/api/phones/${paired}/scan`, { qr });
    },
  });
  await account.connect();
  await isOpen();
}, 60_000);

afterEach(async () => {
  await account.driver.stop("shutdown");
});

const fault = (body: object): Promise<unknown> =>
  sandbox.post("/api/faults", { account: phone, ...body });
const isOpen = (from = 0): Promise<unknown> =>
  waitFor(() => account.states.slice(from).some(({ state }) => state === "open"), {
    ...patience,
    what: "an open connection",
  });

type Closed = Extract<DriverState, { state: "closed" }>;
const closedAfter = (from: number): Promise<Closed> =>
  waitFor(() => account.states.slice(from).find((state) => state.state === "closed"), {
    ...patience,
    what: "a closed connection",
  });

/** Stops as an orderly restart does, and lets the next login meet the fault. */
async function loginWith(body: object): Promise<number> {
  await account.driver.stop("shutdown");
  await fault(body);
  const from = account.states.length;
  await account.connect();
  return from;
}

const linkedDevices = async (): Promise<number> => {
  const shown = (await sandbox.get(`/api/phones/${phone}`)) as { devices: unknown[] };
  return shown.devices.length - 1;
};

describe("what ends a connection, and what comes of it", { timeout: 60_000 }, () => {
  test.each([
    [{ kind: "stream_error", code: "515" }, "restart_required", "restart_required"],
    [{ kind: "stream_error", code: "503" }, "network", "unavailable"],
    [{ kind: "drop_connection" }, "network", "connection_lost"],
  ])("%o: connects again by itself", async (body, reason, cause) => {
    const from = account.states.length;
    await fault(body);
    expect(await closedAfter(from)).toMatchObject({ reason, cause });
    await isOpen(from);
  });

  test.each([
    ["503", "unavailable"],
    ["500", "server_error"],
  ])("<failure reason=%s>: tried again until it works", async (code, cause) => {
    const from = await loginWith({ kind: "login_failure", code });
    expect(await closedAfter(from)).toMatchObject({ reason: "network", cause });
    await isOpen(from);
  });

  test.each([
    ["403", "restricted", "locked"],
    ["406", "restricted", "banned"],
    ["405", "failed", "client_outdated"],
  ])("<failure reason=%s>: stops, and keeps the session", async (code, reason, cause) => {
    const from = await loginWith({ kind: "login_failure", code });
    const closed = await closedAfter(from);
    expect(closed).toMatchObject({ reason, cause });
    expect(closed.message).toMatch(/\.$/);
    // The driver has ended its loop: nothing more is said until the next lease.
    await account.driver.stop("reconnect");
    expect(account.states.at(-1)).toBe(closed);
    const again = account.states.length;
    await account.connect();
    await isOpen(again);
  });

  test("<failure reason=402>: stops for as long as WhatsApp says", async () => {
    const body = { kind: "login_failure", code: "402", subcode: "101", expire: 3600 };
    const closed = await closedAfter(await loginWith(body));
    expect(closed).toMatchObject({
      reason: "restricted",
      cause: "temporary_ban",
      retryAfterMs: 3_600_000,
    });
    expect(closed.message).toContain("code 101");
  });

  test("replaced by another socket (440): never connects again by itself", async () => {
    const from = account.states.length;
    await fault({ kind: "replaced" });
    expect(await closedAfter(from)).toMatchObject({ reason: "replaced", cause: "replaced" });
    await account.driver.stop("replaced");
    expect(account.states.slice(from)).toHaveLength(1);
  });

  test("a second process with the same session throws the first out and stays", async () => {
    const from = account.states.length;
    const second = createTestAccount({
      ...{ wireUrl: sandbox.wireUrl, media, pairing: { method: "qr" }, like: account },
      onShown: () => Promise.resolve(),
    });
    await second.connect();
    expect(await closedAfter(from)).toMatchObject({ reason: "replaced" });
    await waitFor(() => second.isOpen(), patience);
    await second.driver.stop("shutdown");
  });

  test("removed on the phone (401): the session is erased, and nothing is offered by itself", async () => {
    const from = account.states.length;
    await fault({ kind: "device_removed" });
    expect(await closedAfter(from)).toMatchObject({
      reason: "logged_out",
      cause: "device_removed",
    });
    await waitFor(() => account.rows.bytes().length === 0, patience);
    account.askForPairing();
    await isOpen(from);
    expect(await linkedDevices()).toBe(1);
  });

  test("removed while we were away: the next login is refused (401) and the session erased", async () => {
    await account.driver.stop("shutdown");
    await sandbox.post(`/api/phones/${phone}/unlink`, { device: 1 });
    const from = account.states.length;
    await account.connect();
    expect(await closedAfter(from)).toMatchObject({
      reason: "logged_out",
      cause: "device_removed",
    });
    await waitFor(() => account.rows.bytes().length === 0, patience);
  });

  test("logged out by us: WhatsApp has confirmed it, the session is erased", async () => {
    const from = account.states.length;
    const before = account.rows.bytes();
    expect(before.length).toBeGreaterThan(64);
    expect(await account.driver.logout?.({ force: false })).toBe("unlinked");
    expect(await linkedDevices()).toBe(0);
    // The next pairing begins at once and may have stored credentials of its own already.
    expect(account.rows.bytes().includes(before.subarray(0, 64))).toBe(false);
    expect(account.states.slice(from).at(-1)).toMatchObject({
      state: "closed",
      reason: "logged_out",
      cause: "logout_requested",
    });
    // Said again after a crash: there is nothing left to tell.
    expect(await account.driver.logout?.({ force: false })).toBe("erased");
  });

  test("logging out waits for WhatsApp while it is away, unless it is forced", async () => {
    await fault({ kind: "upgrade_refused", code: "503", count: 0 });
    const from = account.states.length;
    await fault({ kind: "drop_connection" });
    await closedAfter(from);
    expect(await account.driver.logout?.({ force: false })).toBe("not_connected");
    expect(account.rows.bytes().length).toBeGreaterThan(0);
    expect(await account.driver.logout?.({ force: true })).toBe("erased");
    expect(account.rows.bytes()).toHaveLength(0);
    expect(await linkedDevices()).toBe(1);
    await sandbox.remove("/api/faults");
  });

  test.each(["429", "403", "503"])("HTTP %s on the upgrade: tried again", async (code) => {
    const from = await loginWith({ kind: "upgrade_refused", code });
    const closed = await closedAfter(from);
    expect(closed).toMatchObject({ reason: "network", cause: `upgrade_${code}` });
    await isOpen(from);
  });

  test("a silent server (408) is noticed, and tried again", async () => {
    const from = account.states.length;
    await fault({ kind: "silent", count: 0 });
    expect(await closedAfter(from)).toMatchObject({ reason: "network", cause: "timeout" });
    await sandbox.remove("/api/faults");
    await isOpen(from);
  });

  test("a look-up refused with 429 sends nothing, and asks for a pause", async () => {
    await fault({ kind: "iq_error", xmlns: "usync", code: "429", text: "rate-overlimit" });
    const permit = createTestPermit();
    const attempt = account.attempt(leadPhone, { type: "text", text: "hello" });
    expect(await account.driver.send(attempt, permit)).toMatchObject({
      outcome: "refused",
      error: { class: "transient", code: "429" },
    });
    expect(permit.entries).toBe(0);
    expect(await account.driver.send(attempt, permit)).toMatchObject({ outcome: "acked" });
  });
});

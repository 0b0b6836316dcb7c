import { spawn, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Sandbox } from "../src/sandbox.ts";
import { silenceLibsignal } from "../src/silence-libsignal.ts";
import { addPhone, call, chat, LEAD, SALES, startTestSandbox } from "./control.ts";

silenceLibsignal();

type Told = { event: string; qr?: string; code?: number; reason?: string; sha256?: string };

const main = fileURLToPath(new URL("./second-client/main.ts", import.meta.url));
const patient = { timeout: 30_000 };

let folder: string;
let sandbox: Sandbox;
const processes: ChildProcess[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "second-client-"));
  sandbox = await startTestSandbox({ dataFile: join(folder, "data") });
  await addPhone(sandbox, SALES, "Sales");
  await addPhone(sandbox, LEAD, "Lead");
}, 30_000);

afterEach(async () => {
  for (const child of processes.splice(0)) child.kill("SIGKILL");
  await sandbox.close();
  rmSync(folder, { recursive: true });
});

/** Starts the client; answers a function that waits for it to tell something. */
function start(...more: string[]): (event: string) => Promise<Told> {
  const args = [main, sandbox.url, join(folder, "auth"), LEAD, ...more];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  processes.push(child);
  const told: Told[] = [];
  createInterface({ input: child.stdout }).on("line", (line) =>
    told.push(JSON.parse(line) as Told),
  );
  return (event) => vi.waitUntil(() => told.find((each) => each.event === event), patient);
}

/** What the client says and what it is shown, media both ways. */
async function talk(wait: (event: string) => Promise<Told>): Promise<void> {
  const before = (await chat(sandbox, LEAD, SALES)).data.length;
  await wait("open");
  await vi.waitFor(async () => {
    const { data } = await chat(sandbox, LEAD, SALES);
    expect(data.slice(before).map(({ kind }) => kind)).toEqual(["text", "image"]);
  }, patient);
  const image = (await chat(sandbox, LEAD, SALES)).data.at(-1)?.id ?? "";
  const file = await fetch(`${sandbox.url}/api/phones/${LEAD}/media/${image}`);
  expect(await file.text()).toBe("a picture of the second client");
  const bytes = randomBytes(30_000);
  const media = { kind: "image", mimetype: "image/png", contentBase64: bytes.toString("base64") };
  await call(sandbox, "POST", `/api/phones/${LEAD}/send`, { to: SALES, media });
  const { sha256 } = await wait("image");
  expect(sha256).toBe(createHash("sha256").update(bytes).digest("hex"));
}

test(
  "a client of its own pairs, talks and comes back after a restart with what the API publishes",
  { timeout: 120_000 },
  async () => {
    const first = start();
    const { qr } = await first("qr");
    await call(sandbox, "POST", `/api/phones/${SALES}/scan`, { qr });
    await talk(first);
    const before = await call<Record<string, string>>(sandbox, "GET", "/api/info");
    await sandbox.close();
    sandbox = await startTestSandbox({ dataFile: join(folder, "data") });
    const after = await call<Record<string, string>>(sandbox, "GET", "/api/info");
    expect(after["rootKeyHex"]).toBe(before["rootKeyHex"]);
    expect(after["mediaCaPem"]).toBe(before["mediaCaPem"]);
    await talk(start());
    const { data } = await call<{ data: unknown[] }>(sandbox, "GET", "/api/unknown-queries");
    expect(data).toEqual([]);
  },
);

test("a client that pins another root refuses the sandbox", { timeout: 60_000 }, async () => {
  const wait = start("ab".repeat(32));
  expect((await wait("closed")).reason).toMatch(/certificate.*invalid/);
});

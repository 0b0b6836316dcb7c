import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { freePort } from "@rarity/platform/ports";
import { waitFor } from "@rarity/platform/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { startHarness, type Harness } from "./harness.ts";

const main = resolve(import.meta.dirname, "../src/main.ts");
const processes: ChildProcess[] = [];
let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(async () => {
  for (const child of processes) child.kill("SIGKILL");
  await harness.stop();
});

const start = (env: Readonly<Record<string, string>>): ChildProcess => {
  const child = spawn(process.execPath, [main], { env: { ...env }, stdio: "pipe" });
  processes.push(child);
  return child;
};

test("a process becomes ready, and a signal ends it cleanly with a client connected", async () => {
  const port = await freePort();
  const child = start({ ...harness.environment, PORT: String(port) });
  const url = `http://127.0.0.1:${port}`;
  await waitFor(async () => (await fetch(`${url}/readyz`)).status === 200, { timeoutMs: 60_000 });
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
  await once(socket, "open");
  const closed = once(socket, "close");
  child.kill("SIGTERM");
  const [code] = (await once(child, "exit")) as [number | null];
  expect(code).toBe(0);
  expect((await closed)[0]).toBe(1012);
}, 120_000);

test("a process without its settings names all of them and exits 78", async () => {
  const child = start({ PORT: "0" });
  let text = "";
  child.stderr?.on("data", (data: Buffer) => (text += data.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  expect(code).toBe(78);
  for (const name of ["DATABASE_URL", "REDIS_URL", "TENANT_SEAL_KEY", "INTERNAL_TOKEN"]) {
    expect(text).toContain(name);
  }
});

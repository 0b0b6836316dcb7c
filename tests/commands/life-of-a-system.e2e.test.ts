import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectDemo, type Demo } from "../../scripts/src/demo/context.ts";
import { applyAccount, pairByQr, waitFor } from "../../scripts/src/demo/steps/accounts.ts";
import { reach, reply, sendText } from "../../scripts/src/demo/steps/messages.ts";
import { waitUntil } from "../../scripts/src/lib/wait-until.ts";
import { readRunFile, type RunFile } from "../../scripts/src/up/run-file.ts";
import { processesOf, runCommand, type Command } from "./command.ts";

/** One data folder through first start, pairing, a killed launcher, a second start and Ctrl-C. */
let stateDir: string;
let blockers: Server[];
let up: Command;
let first: RunFile;
let demo: Demo;
let accountId: string;

const running = (): RunFile => {
  const run = readRunFile(stateDir);
  if (run === undefined) throw new Error("no system runs");
  return run;
};

const startUp = async (): Promise<void> => {
  up = runCommand("up", ["--data", stateDir]);
  await up.prints("Running. Ctrl-C stops everything.");
};

/** Nothing that belongs to the folder runs, and nothing in it says that something does. */
const expectNothingLeft = async (): Promise<void> => {
  const isEmpty = (): boolean => processesOf(stateDir).length === 0;
  // One that has been told to end may be seen for a moment longer than the command.
  await waitUntil("its processes to end", isEmpty, 15_000, 250).catch(() => undefined);
  expect(processesOf(stateDir)).toEqual([]);
  const files = await readdir(stateDir);
  expect(files.filter((name) => name.endsWith(".json"))).toEqual([]);
};

/** Takes the port; where it is taken already, all the better. */
const block = (port: number): Promise<Server> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(server));
    server.listen(port, "127.0.0.1", () => resolve(server));
  });

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "rarity commands "));
  // As /root is: closed to the user Postgres runs as.
  await chmod(stateDir, 0o700);
  blockers = await Promise.all([8080, 5432].map(block));
});

afterAll(async () => {
  await runCommand("down", ["--data", stateDir]).exited;
  for (const server of blockers) server.close();
  await rm(stateDir, { recursive: true, force: true });
});

/** More than a command is given to print what a test waits for. */
const limit = { timeout: 180_000 };
const isLinux = process.platform === "linux";

describe.skipIf(!isLinux)("a system, from its first start to its end", limit, () => {
  test("starts on other ports where the default ones are taken, and says so", async () => {
    await startUp();
    first = running();
    expect(up.output()).toMatch(/edge on port \d+ \(8080 is taken\)/);
    expect(up.output()).toMatch(/postgres on port \d+ \(5432 is taken\)/);
    expect(up.output()).toContain(first.urls.edge);
    expect(up.output()).toContain(`${first.demo.email}  /  ${first.demo.password}`);
    const page = await fetch(first.urls.edge);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("Sandbox")]);
  });

  test("pairs an account and delivers a message", async () => {
    demo = await connectDemo(first.urls, first.demo);
    await applyAccount(demo);
    await pairByQr(demo);
    accountId = demo.state.accountId;
    await reach(demo, (await sendText(demo, "Before", accountId)).id, "delivered");
    demo.close();
  });

  test("says where it runs when it is started again", async () => {
    const again = runCommand("up", ["--data", stateDir]);
    expect(await again.exited).toBe(0);
    expect(again.output()).toContain("It runs already");
    expect(again.output()).toContain(first.urls.edge);
  });

  test("is cleared up by the next start when its launcher is killed", async () => {
    const exited = up.exited;
    up.child.kill("SIGKILL");
    await exited;
    const orphans = processesOf(stateDir).map((line) => line.split(" ")[0]);
    expect(orphans.length).toBeGreaterThan(8);
    await startUp();
    expect(up.output()).toMatch(/Ended .*orchestrator.*postgres/);
    const alive = processesOf(stateDir).map((line) => line.split(" ")[0]);
    expect(alive.filter((pid) => orphans.includes(pid))).toEqual([]);
    expect(running().urls).toEqual(first.urls);
  });

  test("keeps the pairing over the restart, and messages go both ways", async () => {
    demo = Object.assign(await connectDemo(first.urls, running().demo), {
      phones: demo.phones,
      names: demo.names,
    });
    await waitFor(demo, demo.names.account, "Ready");
    const pairing = await demo.api<{ qr?: string | null }>(
      "GET",
      `/api/accounts/${accountId}/pairing`,
    );
    expect(pairing.qr ?? null).toBeNull();
    await reach(demo, (await sendText(demo, "After", accountId)).id, "delivered");
    await reply(demo);
    demo.close();
  });

  test("ends with Ctrl-C and leaves nothing but its data", async () => {
    up.child.kill("SIGINT");
    expect(await up.exited).toBe(0);
    await expectNothingLeft();
    expect(existsSync(join(stateDir, "data", "postgres", "PG_VERSION"))).toBe(true);
  });

  test("leaves nothing when Ctrl-C comes in the middle of a start", async () => {
    up = runCommand("up", ["--data", stateDir]);
    await up.prints("Starting sandbox");
    up.child.kill("SIGINT");
    expect(await up.exited).toBe(130);
    await expectNothingLeft();
  });

  test("has nothing to stop afterwards", async () => {
    const down = runCommand("down", ["--data", stateDir]);
    expect([await down.exited, down.output().trim()]).toEqual([0, "Nothing is running."]);
  });

  test("wrote no message into the log of the start", () => {
    expect(readFileSync(join(stateDir, "logs", "postgres.log"), "utf8")).not.toContain("After");
  });
});

test("an unknown option ends with 64 and the help", limit, async () => {
  const names = [
    "up",
    "down",
    "demo",
    "test",
    "bench",
    "images",
    "kind-up",
    "cluster/up",
    "cluster/down",
  ];
  const commands = names.map((name) => ({ name, ...runCommand(name, ["--nonsense"]) }));
  for (const { name, exited, output } of commands) {
    expect([name, await exited]).toEqual([name, 64]);
    expect(output()).toContain("Unknown option '--nonsense'");
    expect(output()).toContain(`scripts/${name} `);
  }
});

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startChild } from "./child.ts";
import { endLeftovers } from "./end-leftovers.ts";
import { openRecord, readRecord } from "./process-record.ts";

let stateDir: string;
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), "rarity-leftovers-"));
});
afterEach(() => rmSync(stateDir, { recursive: true, force: true }));

const sleeper = ["-e", "setInterval(() => undefined, 60_000)"];
const start = (): ReturnType<typeof startChild> =>
  startChild({
    name: "sleeper",
    command: process.execPath,
    args: sleeper,
    env: {},
    logFile: join(stateDir, "sleeper.log"),
    record: openRecord(stateDir),
  });

test("ends what a killed start left, and forgets it", async () => {
  const child = start();
  expect(readRecord(stateDir).map(({ pid }) => pid)).toEqual([child.pid]);
  expect(await endLeftovers(stateDir)).toEqual(["sleeper"]);
  await child.exited;
  expect(readRecord(stateDir)).toEqual([]);
});

test("leaves another process alone that got the same id since", async () => {
  const stranger = spawn(process.execPath, sleeper, { stdio: "ignore" });
  try {
    const left = { name: "sleeper", pid: stranger.pid, started: "long ago", signal: "SIGTERM" };
    writeFileSync(join(stateDir, "processes.json"), JSON.stringify([left]));
    expect(await endLeftovers(stateDir)).toEqual([]);
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  } finally {
    stranger.kill("SIGKILL");
  }
});

test("a process that ends by itself is no longer noted", async () => {
  const child = start();
  child.kill("SIGTERM");
  await child.exited;
  expect(readRecord(stateDir)).toEqual([]);
  expect(readFileSync(join(stateDir, "sleeper.log"), "utf8")).toBe("");
});

import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import type { SandboxEvent } from "../src/api/events.ts";
import type { Sandbox } from "../src/sandbox.ts";
import { addPhone, call, LEAD, SALES, startTestSandbox } from "./control.ts";
import { readEvents } from "./event-stream.ts";

let sandbox: Sandbox;
let closing: Promise<void> | undefined;

const closeOnce = (): Promise<void> => (closing ??= sandbox.close());

beforeEach(async () => {
  sandbox = await startTestSandbox();
  closing = undefined;
});

afterEach(() => closeOnce());

const next = async (events: AsyncGenerator<SandboxEvent>): Promise<SandboxEvent> => {
  const result = await events.next();
  if (result.done === true) throw new Error("the stream ended");
  return result.value;
};

test("events come as they happen, and a reader that was away gets what it missed", async () => {
  const events = readEvents(sandbox.url, { "last-event-id": "0" });
  await addPhone(sandbox, SALES, "Sales");
  const created = await next(events);
  expect(created).toMatchObject({ type: "phone_created", phone: SALES, data: { name: "Sales" } });
  await events.return(undefined);

  await addPhone(sandbox, LEAD, "Lead");
  await call(sandbox, "PATCH", `/api/phones/${LEAD}`, { autoRead: true });
  const resumed = readEvents(sandbox.url, { "last-event-id": String(created.seq) });
  expect(await next(resumed)).toMatchObject({ type: "phone_created", phone: LEAD });
  expect(await next(resumed)).toMatchObject({ type: "settings_changed", phone: LEAD });
  await resumed.return(undefined);
});

test("a fault is told when it is added, when it hits and when it is used up", async () => {
  const events = readEvents(sandbox.url, { "last-event-id": "0" });
  const { id } = await call<{ id: string }>(sandbox, "POST", "/api/faults", {
    kind: "upgrade_refused",
    code: "403",
  });
  expect(await next(events)).toMatchObject({ type: "fault_added", data: { id } });
  const status = await new Promise((resolve, reject) => {
    const socket = new WebSocket(sandbox.wireUrl);
    socket.once("unexpected-response", (_request, response) => resolve(response.statusCode));
    socket.once("error", reject);
  });
  expect(status).toBe(403);
  expect(await next(events)).toMatchObject({ type: "fault_hit", data: { id } });
  expect(await next(events)).toMatchObject({ type: "fault_removed", data: { id } });
  await events.return(undefined);
});

test("a sandbox that closes ends its streams", async () => {
  await addPhone(sandbox, SALES, "Sales");
  const events = readEvents(sandbox.url, { "last-event-id": "0" });
  await next(events);
  await closeOnce();
  expect(await events.next()).toEqual({ done: true, value: undefined });
});

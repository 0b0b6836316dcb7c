import { pino } from "pino";
import { afterEach, expect, test, vi } from "vitest";
import { accountStateOf } from "../pod/account-state.ts";
import { createControlDesk, type ControlDeps } from "./control-desk.ts";
import { createLogoutWatch } from "./logout-watch.ts";

const logger = pino({ level: "silent" });
const chat = { kind: "phone", value: "+15550000001" };
const read = { type: "mark_read", chat, providerMessageIds: ["A1"] };
const typing = (state: string): unknown => ({ type: "typing", chat, state });

function openDesk(driver: ControlDeps["driver"]) {
  const outcomes: string[] = [];
  const calls = { logout: 0, changed: 0 };
  const desk = createControlDesk({
    driver,
    logger,
    onLogout: () => {
      calls.logout += 1;
    },
    onChanged: () => {
      calls.changed += 1;
    },
    onHandled: (type, outcome) => outcomes.push(`${type} ${outcome}`),
  });
  return { desk, outcomes, calls };
}

test.each([
  ["network", "reconnecting"],
  ["restart_required", "reconnecting"],
  ["replaced", "reconnecting"],
  ["fenced", "reconnecting"],
  ["logged_out", "logged_out"],
  ["pairing_failed", "pairing"],
  ["restricted", "restricted"],
  ["failed", "failed"],
] as const)(
  "a connection closed with %s makes the account %s, with cause and message",
  (reason, state) => {
    const closed = { state: "closed", reason, cause: "c", message: "m" } as const;
    expect(accountStateOf(closed, true)).toEqual({ state, reason: "c", detail: "m" });
  },
);

afterEach(() => vi.useRealTimers());

test("commands go to the driver while connected, and are dropped otherwise", async () => {
  const markRead = vi.fn(() => Promise.resolve());
  const { desk, outcomes, calls } = openDesk({ markRead });
  desk.accept(read);
  expect(outcomes).toEqual(["mark_read dropped"]);
  desk.setConnected(true);
  desk.accept(read);
  await desk.idle();
  expect(markRead).toHaveBeenCalledExactlyOnceWith(chat, ["A1"]);
  desk.accept({ type: "logout" });
  desk.accept({ type: "account_changed" });
  expect(calls).toEqual({ logout: 1, changed: 1 });
  desk.close();
  desk.accept(read);
  desk.setConnected(true);
  desk.accept({ type: "logout" });
  expect(calls.logout).toBe(1);
  expect(markRead).toHaveBeenCalledTimes(1);
});

test("nothing that does not fit the schema reaches the driver", async () => {
  const markRead = vi.fn(() => Promise.resolve());
  const { desk } = openDesk({ markRead });
  desk.setConnected(true);
  for (const payload of [
    null,
    "mark_read",
    { ...read, extra: true },
    { ...read, providerMessageIds: Array.from({ length: 501 }, () => "A") },
    { ...read, chat: { kind: "phone", value: "1".repeat(129) } },
    typing("shouting"),
  ]) {
    desk.accept(payload);
  }
  await desk.idle();
  expect(markRead).not.toHaveBeenCalled();
});

test("a flood is bounded, a failure is not the end, and what waited for a lost connection is dropped", async () => {
  const first = Promise.withResolvers<undefined>();
  const markRead = vi.fn(() => first.promise);
  const { desk, outcomes } = openDesk({ markRead });
  desk.setConnected(true);
  for (let n = 0; n < 150; n += 1) desk.accept(read);
  expect(outcomes).toHaveLength(50);
  await vi.waitFor(() => expect(markRead).toHaveBeenCalledTimes(1), 20_000);
  desk.setConnected(false);
  first.reject(new Error("gone"));
  await desk.idle();
  expect(outcomes.filter((each) => each === "mark_read failed")).toHaveLength(1);
  expect(outcomes.filter((each) => each === "mark_read dropped")).toHaveLength(149);
});

test("a typing sign goes out by itself, once, unless it is renewed", async () => {
  vi.useFakeTimers();
  const seen: string[] = [];
  const { desk } = openDesk({
    typing: (_chat, state) => {
      seen.push(state);
      return Promise.resolve();
    },
  });
  desk.setConnected(true);
  desk.accept(typing("composing"));
  await vi.advanceTimersByTimeAsync(10_000);
  desk.accept(typing("composing"));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(seen).toEqual(["composing", "composing"]);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(seen).toEqual(["composing", "composing", "paused"]);
  desk.close();
});

test("a logout waits for the provider, and is forced when that took too long", async () => {
  let wish: { ageMs: number; reason: string } | null = { ageMs: 0, reason: "logout_requested" };
  const forced: boolean[] = [];
  const finished: string[] = [];
  const watch = createLogoutWatch({
    read: () => Promise.resolve(wish),
    leave: (force) => {
      forced.push(force);
      return Promise.resolve(force ? "erased" : "not_connected");
    },
    finish: (result) => {
      finished.push(result);
      wish = null;
      return Promise.resolve();
    },
    patienceMs: 1000,
    logger,
  });
  watch.check();
  await watch.idle();
  expect([forced, finished]).toEqual([[false], []]);
  wish = { ageMs: 1000, reason: "logout_requested" };
  watch.check();
  watch.check();
  await watch.idle();
  expect([forced, finished]).toEqual([[false, true], ["erased"]]);
  watch.check();
  await watch.idle();
  expect(forced).toHaveLength(2);
});

test("a logout that could not be stored is tried again at the next look", async () => {
  let tries = 0;
  const watch = createLogoutWatch({
    read: () => Promise.resolve(tries < 2 ? { ageMs: 0, reason: "x" } : null),
    leave: () => Promise.resolve("unlinked"),
    finish: () => {
      tries += 1;
      return tries === 1 ? Promise.reject(new Error("down")) : Promise.resolve();
    },
    patienceMs: 1000,
    logger,
  });
  watch.check();
  await watch.idle();
  watch.check();
  await watch.idle();
  expect(tries).toBe(2);
});

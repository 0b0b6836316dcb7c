import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { accountFinalizer } from "../../api/names.ts";
import type { WhatsAppAccount } from "../../api/whatsapp-account.ts";
import type { FakePlatform } from "../../testing/fake-platform.ts";
import { crdFolder } from "../../testing/fixtures.ts";
import { startTestOperator, type LocalOperator } from "../../testing/local-operator.ts";
import { waitFor } from "../../testing/wait-for.ts";

const base = "/apis/rarityleads.io/v1alpha1/namespaces/default/whatsappaccounts";
const minimal = readFileSync(path.join(crdFolder, "samples/valid/whatsapp-minimal.yaml"), "utf8");

let platform: FakePlatform;
let operator: LocalOperator;

const call = async (method: string, url: string, body?: string): Promise<Response> =>
  operator.call(method, url, body === undefined ? {} : { body });

const read = async (name: string): Promise<WhatsAppAccount | undefined> => {
  const answer = await call("GET", `${base}/${name}`);
  return answer.status === 404 ? undefined : ((await answer.json()) as WhatsAppAccount);
};

/** Applies an account and waits until the operator has taken it on; answers its id. */
const apply = async (name: string, spec: string): Promise<string> => {
  const yaml = minimal.replace(/^ {2}name: .*$/m, `  name: ${name}`).concat(spec);
  const applied = await call("PUT", `${base}/${name}`, yaml);
  expect(applied.status, await applied.text()).toBe(201);
  return waitFor(async () => (await read(name))?.status?.accountId);
};

const isGone = async (name: string): Promise<true> =>
  waitFor(async () => ((await read(name)) === undefined ? true : undefined));

/** An operator of this group's own: how long a deletion may wait is what its tests are about. */
const withDeadline = (deletionDeadlineMs: number): void => {
  beforeAll(async () => {
    operator = await startTestOperator({ deletionDeadlineMs });
    ({ platform } = operator);
  });
  afterAll(() => operator.stop());
};

beforeEach(() => {
  platform.isFailing = false;
  platform.sessionCalls = [];
});

describe("deleting an account", () => {
  // So long that one stall does not end what a test wants to see before it.
  withDeadline(10_000);

  it("Retain lets go at once and touches no session", async () => {
    const id = await apply("kept", "");
    platform.linked.add(id);
    await call("DELETE", `${base}/kept`);
    expect(await read("kept")).toBeUndefined();
    expect(platform.sessionCalls).toEqual([]);
    expect(await apply("kept", "")).toBe(id);
    await call("DELETE", `${base}/kept`);
  });

  it("Delete wakes a process, waits for the logout, then lets go with everything it owned", async () => {
    const id = await apply("leaving", "  deletionPolicy: Delete\n  replicas: 0\n");
    const held = await waitFor(async () => {
      const account = await read("leaving");
      return account?.metadata.finalizers?.includes(accountFinalizer) ? account : undefined;
    });
    expect(held.metadata.deletionTimestamp).toBeUndefined();
    platform.linked.add(id);
    await call("DELETE", `${base}/leaving`);
    await waitFor(async () => {
      const ready = (await read("leaving"))?.status?.conditions?.find(
        ({ type }) => type === "Ready",
      );
      return ready?.reason === "LoggingOut" || undefined;
    });
    platform.linked.delete(id);
    await isGone("leaving");
    expect(platform.sessionCalls).toContain(`logout ${id}`);
    expect(platform.sessionCalls).not.toContain(`erase-session ${id}`);
  });

  it("holds on while the services are away, and goes on when they are back", async () => {
    const id = await apply("patient", "  deletionPolicy: Delete\n");
    platform.linked.add(id);
    await waitFor(async () => ((await read("patient"))?.metadata.finalizers ?? []).length > 0);
    platform.isFailing = true;
    await call("DELETE", `${base}/patient`);
    await waitFor(async () => {
      const account = await read("patient");
      const ready = account?.status?.conditions?.find(({ type }) => type === "Ready");
      return ready?.message.includes("answered 503") === true ? true : undefined;
    });
    platform.isFailing = false;
    await isGone("patient");
    expect(platform.linked.has(id)).toBe(false);
  }, 90_000);

  it("a policy changed to Retain before the deletion takes the finalizer away", async () => {
    await apply("changed", "  deletionPolicy: Delete\n");
    await waitFor(async () => ((await read("changed"))?.metadata.finalizers ?? []).length > 0);
    const yaml = minimal.replace(/^ {2}name: .*$/m, "  name: changed");
    await call("PUT", `${base}/changed`, yaml.concat("  deletionPolicy: Retain\n"));
    await waitFor(async () => (await read("changed"))?.metadata.finalizers?.length === 0);
    await call("DELETE", `${base}/changed`);
    expect(await read("changed")).toBeUndefined();
    expect(platform.sessionCalls).toEqual([]);
  });
});

describe("deleting an account whose provider never answers", () => {
  withDeadline(1_500);

  it("gives up after the deadline and erases the session here", async () => {
    const id = await apply("stuck", "  deletionPolicy: Delete\n");
    platform.linked.add(id);
    await waitFor(async () => ((await read("stuck"))?.metadata.finalizers ?? []).length > 0);
    await call("DELETE", `${base}/stuck`);
    await isGone("stuck");
    expect(platform.sessionCalls).toContain(`erase-session ${id}`);
    expect(platform.linked.has(id)).toBe(false);
  });
});

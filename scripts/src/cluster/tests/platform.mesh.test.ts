import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dev } from "../../dev/settings.ts";
import { waitUntil } from "../../lib/wait-until.ts";
import { meshSends } from "../testing/config.ts";
import { openMeshAccount, type MeshAccount } from "../testing/mesh-account.ts";
import { startTestSystem, type TestSystem } from "../testing/system.ts";

const timeoutMs = 120_000;
let system: TestSystem;
let account: MeshAccount;

beforeAll(async () => {
  system = await startTestSystem(["--set", "externalMetrics.enabled=true"]);
  account = await openMeshAccount(system);
});
afterAll(() => system.close());

const hibernated = (withinMs: number): Promise<boolean> =>
  waitUntil("hibernation", async () => (await account.scale()).replicas === 0, withinMs);

/** Who scales in which mode. */
const modes = { Direct: "rarity-operator-scale", Builtin: "kube-controller-manager" } as const;

/** Until the account's autoscaler is there, or is not, as the mode wants it. */
const scaledIn = async (mode: keyof typeof modes): Promise<boolean> => {
  const patch = JSON.stringify({ spec: { scaling: { mode } } });
  const target = ["-n", dev.namespace, "patch", "platform", dev.platform];
  await system.cluster.kubectl(...target, "--type=merge", "-p", patch);
  const all = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" };
  return waitUntil(
    `mode ${mode}`,
    async () => {
      const found = await system.cluster.client.list({ ...all, namespace: dev.namespace });
      return found.length > 0 === (mode === "Builtin");
    },
    timeoutMs,
  );
};

/** Who chose more than one pod, once somebody did, and how long that took. */
const scaledUp = async (): Promise<{ by: string | undefined; afterS: number }> => {
  const began = performance.now();
  const by = await waitUntil(
    "more pods",
    async () => {
      const { replicas, chosenBy } = await account.scale();
      return replicas > 1 ? (chosenBy ?? "nobody") : undefined;
    },
    timeoutMs,
    50,
  );
  return { by, afterS: Math.round((performance.now() - began) / 100) / 10 };
};

/** Sends from several clients at once, until all of them are accepted. */
const sendAll = async (texts: readonly string[]): Promise<void> => {
  const open = [...texts];
  const client = async (): Promise<void> => {
    for (let text = open.shift(); text !== undefined; text = open.shift()) await account.send(text);
  };
  await Promise.all(Array.from({ length: 16 }, client));
};

describe("the chart on real nodes", () => {
  it("turns an applied account into a pod, whose QR a phone scans", async () => {
    const targetQueueDepth = Math.ceil(meshSends / 20);
    await account.create({
      ...{ minReplicas: 0, maxReplicas: 3, targetQueueDepth, hibernateAfterSeconds: 5 },
    });
    expect(await account.pair()).toBe(0);
  });

  it("delivers a message through the Ingress, and shows the reply on the WebSocket", async () => {
    await account.reach(await account.send("Hello from a pod"), "read");
    const text = "Yes, tell me more";
    await system.sandbox("POST", `/api/phones/${account.lead}/send`, { to: account.phone, text });
    await system.events.find("the reply", ({ type, data }) =>
      type === "message_received" ? JSON.stringify(data).includes(text) : false,
    );
  });

  it("wakes a hibernated account by a message", async () => {
    await hibernated(timeoutMs);
    await account.reach(await account.send("Wake up"), "delivered");
  });

  it.each(["Direct", "Builtin"] as const)(
    "scales with the queue and back, mode %s",
    async (mode) => {
      await scaledIn(mode);
      // A woken account gets what it needs at once, from the operator, in every mode: this one is awake.
      await account.reach(await account.send(`Awake for ${mode}`), "delivered");
      const texts = Array.from({ length: meshSends }, (_, index) => `${mode} ${index}`);
      const [{ by, afterS }] = await Promise.all([scaledUp(), sendAll(texts)]);
      console.log({ mode, scaledUpAfterS: afterS });
      expect(by).toBe(modes[mode]);
      await hibernated(timeoutMs + meshSends * 400);
      expect(await account.judge(texts)).toEqual({ lost: [], doubled: [] });
    },
    1_500_000,
  );
});

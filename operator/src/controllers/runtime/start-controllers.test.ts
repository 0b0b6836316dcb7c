import { Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";
import { refOf, type KubeObject } from "../../api/objects.ts";
import { ClusterError } from "../../cluster/errors.ts";
import { createLocalCluster } from "../../cluster/local/local-cluster.ts";
import type { Cluster } from "../../cluster/port.ts";
import { createTestStore, testAccount } from "../../testing/fixtures.ts";
import { waitFor } from "../../testing/wait-for.ts";
import type { Controller, Work } from "./controller.ts";
import { createReconcileMetrics } from "./metrics.ts";
import { startControllers, type RunningControllers } from "./start-controllers.ts";

interface Setup {
  cluster: Cluster;
  registry: Registry;
  notes: string[];
  errors: string[];
}

let running: RunningControllers | undefined;

const start = async (
  controller: Omit<Controller, "kind">,
  parts: Partial<Parameters<typeof startControllers>[0]> = {},
): Promise<Setup> => {
  const cluster = createLocalCluster(createTestStore());
  const registry = new Registry();
  const notes: string[] = [];
  const errors: string[] = [];
  running = await startControllers({
    cluster,
    events: {
      record: (about, { reason, message }) => notes.push(`${about.kind} ${reason} ${message}`),
    },
    controllers: [{ kind: "WhatsAppAccount", ...controller }],
    metrics: createReconcileMetrics(registry, { concurrency: 2 }),
    onError: (key) => errors.push(key),
    concurrency: 2,
    backoff: { baseMs: 1, maxMs: 5 },
    ...parts,
  });
  return { cluster, registry, notes, errors };
};

afterEach(async () => {
  await running?.stop();
});

const sales = (spec: Parameters<typeof testAccount>[0] = {}): KubeObject => {
  const { metadata, ...rest } = testAccount(spec);
  return { ...rest, metadata: { name: metadata.name, namespace: metadata.namespace } };
};

const value = async (registry: Registry, name: string, labels: object): Promise<number> => {
  const { values } = (await registry.getSingleMetric(name)?.get()) ?? { values: [] };
  const found = values.find((one) =>
    Object.entries(labels).every(([key, text]) => one.labels[key as never] === text),
  );
  return found?.value ?? 0;
};

describe("startControllers", () => {
  it("reconciles a changed object, and not again for its own status", async () => {
    let count = 0;
    const { cluster, registry } = await start({
      reconcile: async (ref) => {
        count += 1;
        await cluster.writeStatus(ref, { replicas: count });
        return {};
      },
    });
    await cluster.apply(sales(), { fieldManager: "user" });
    await waitFor(() => count === 1 || undefined);
    await cluster.apply(sales({ displayName: "Other" }), { fieldManager: "user" });
    await waitFor(() => count === 2 || undefined);
    const labels = { controller: "whatsappaccount", result: "success" };
    await waitFor(async () => {
      const total = await value(registry, "controller_runtime_reconcile_total", labels);
      return total === 2 || undefined;
    });
    expect(count).toBe(2);
    expect(await value(registry, "workqueue_depth", { name: "whatsappaccount" })).toBe(0);
  });

  it("looks at everything once more when who led before cannot write any longer", async () => {
    let looks = 0;
    const { cluster } = await start(
      {
        reconcile: async (ref) => {
          looks += 1;
          await cluster.writeStatus(ref, { replicas: 1 });
          return {};
        },
      },
      { secondLookMs: 300 },
    );
    await cluster.apply(sales(), { fieldManager: "user" });
    await waitFor(() => looks === 1 || undefined);
    // The late write of another leader: a status, which wakes nobody.
    await cluster.writeStatus(refOf(sales()), { replicas: 7 });
    await waitFor(() => looks === 2 || undefined);
    await waitFor(async () => {
      const { status } = (await cluster.get(refOf(sales()))) ?? {};
      return (status as { replicas: number }).replicas === 1 || undefined;
    });
  });

  it("counts a conflict as no error, and reads again", async () => {
    let count = 0;
    const { cluster, errors } = await start({
      reconcile: async () => {
        count += 1;
        if (count === 1) throw new ClusterError("Conflict", "changed");
        return Promise.resolve({});
      },
    });
    await cluster.apply(sales(), { fieldManager: "user" });
    await waitFor(() => count === 2 || undefined);
    expect(errors).toEqual([]);
  });

  it("retries a failure and tells refusals and bugs from what passes", async () => {
    const failures = [new ClusterError("Forbidden", "no"), new TypeError("bug"), new Error("away")];
    const { cluster, registry, errors } = await start({
      reconcile: async () => {
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        return Promise.resolve({});
      },
    });
    await cluster.apply(sales(), { fieldManager: "user" });
    const labels = { controller: "whatsappaccount" };
    await waitFor(async () => {
      const good = { ...labels, result: "success" };
      return (await value(registry, "controller_runtime_reconcile_total", good)) === 1 || undefined;
    });
    expect(errors).toHaveLength(3);
    expect(await value(registry, "controller_runtime_reconcile_errors_total", labels)).toBe(3);
    expect(
      await value(registry, "controller_runtime_terminal_reconcile_errors_total", labels),
    ).toBe(1);
    expect(await value(registry, "controller_runtime_reconcile_panics_total", labels)).toBe(1);
    expect(await value(registry, "workqueue_retries_total", labels)).toBe(3);
  });

  it("holds back an object that another one wakes all the time, and says which", async () => {
    const works: Work[] = [];
    const { cluster, notes } = await start(
      {
        watches: [
          {
            kind: "Secret",
            concerns: () => [{ kind: "WhatsAppAccount", namespace: "default", name: "sales" }],
          },
        ],
        reconcile: async (_ref, work) => {
          works.push(work);
          return Promise.resolve({});
        },
      },
      { breaker: { burst: 5, refillPerSecond: 0.01, probeEveryMs: 20 } },
    );
    await cluster.apply(sales(), { fieldManager: "user" });
    const noisy = (turn: number): KubeObject => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "noisy", namespace: "default" },
      data: { turn: String(turn) },
    });
    for (let turn = 0; turn < 50; turn += 1) {
      await cluster.apply(noisy(turn), { fieldManager: "user" });
      await new Promise((resolve) => setImmediate(resolve));
    }
    await waitFor(() => works.some(({ storm }) => storm === "Secret/default/noisy") || undefined);
    expect(notes).toEqual([expect.stringContaining("WokenTooOften Secret/default/noisy changes")]);
    expect(works.length).toBeLessThan(20);
  });

  it("looks at everything there is when it starts", async () => {
    const store = createTestStore();
    const cluster = createLocalCluster(store);
    const object = await cluster.apply(sales(), { fieldManager: "user" });
    const seen: string[] = [];
    running = await startControllers({
      cluster,
      events: { record: () => undefined },
      controllers: [
        {
          kind: "WhatsAppAccount",
          reconcile: async ({ name }) => {
            seen.push(name);
            return Promise.resolve({});
          },
        },
      ],
      metrics: createReconcileMetrics(new Registry(), { concurrency: 1 }),
      onError: () => undefined,
      concurrency: 1,
    });
    await waitFor(() => seen.includes(refOf(object).name) || undefined);
  });
});

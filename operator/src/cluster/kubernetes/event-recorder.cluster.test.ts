import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import {
  openTestCluster,
  type TestCluster,
} from "../../../../scripts/src/cluster/testing/cluster.ts";
import type { KubeObject } from "../../api/objects.ts";
import { accountIn, openFaultyCluster } from "../../testing/faulty-cluster.ts";
import { createKubeEventRecorder } from "./event-recorder.ts";

let test: TestCluster;
beforeAll(async () => {
  test = await openTestCluster("events");
});
afterAll(() => test.close());

const open = async () => {
  const { cluster, proxy } = await openFaultyCluster(test);
  const lost: unknown[] = [];
  const recorder = createKubeEventRecorder({
    client: cluster.client,
    controller: "rarityleads.io/operator",
    onLost: (error) => lost.push(error),
  });
  onTestFinished(recorder.stop);
  return { cluster, proxy, recorder, lost };
};

interface StoredEvent {
  metadata: { name: string };
  note: string;
  type: string;
  reason: string;
  regarding: { kind: string; name: string; uid: string };
  series?: { count: number };
}

const eventsOf = async (object: KubeObject): Promise<StoredEvent[]> => {
  const events = await test.client.list({
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    namespace: test.namespace,
  });
  const all = events as unknown as StoredEvent[];
  return all.filter(({ regarding }) => regarding.uid === object.metadata.uid);
};

const paired = {
  type: "Normal",
  reason: "Paired",
  action: "Reconcile",
  message: "paired",
} as const;

it("writes an event once and counts it up", async () => {
  const { cluster, recorder, lost } = await open();
  const account = await cluster.apply(accountIn(test.namespace, "counted"), { fieldManager: "m" });
  for (let index = 0; index < 3; index += 1) recorder.record(account, paired);
  await recorder.stop();
  expect(lost).toEqual([]);
  const [event, ...others] = await eventsOf(account);
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    ...{ note: "paired", type: "Normal", reason: "Paired", series: { count: 3 } },
    regarding: { kind: "WhatsAppAccount", name: "counted" },
  });
});

it("makes one of many that are alike, and stops an object that never stops", async () => {
  const { cluster, recorder } = await open();
  const account = await cluster.apply(accountIn(test.namespace, "noisy"), { fieldManager: "m" });
  for (let index = 0; index < 100; index += 1) {
    recorder.record(account, { ...paired, message: `attempt ${index}` });
  }
  await recorder.stop();
  const events = await eventsOf(account);
  expect(events).toHaveLength(11);
  const combined = events.filter(({ note }) => note.startsWith("(combined"));
  expect(combined.map(({ series }) => series?.count)).toEqual([15]);
});

it("writes it anew when the server has forgotten it, and loses it when the server is away", async () => {
  const { cluster, proxy, recorder, lost } = await open();
  const account = await cluster.apply(accountIn(test.namespace, "expired"), { fieldManager: "m" });
  const first = await open();
  first.recorder.record(account, paired);
  await first.recorder.stop();
  recorder.record(account, paired);
  // Two recorders, as after a change of leader: each has its own.
  const settled = async (): Promise<number> => (await eventsOf(account)).length;
  const patience = { timeout: 60_000 };
  await expect.poll(settled, patience).toBe(2);
  for (const { metadata } of await eventsOf(account)) {
    await test.client.delete({
      ...{ apiVersion: "events.k8s.io/v1", kind: "Event" },
      metadata: { name: metadata.name, namespace: test.namespace },
    });
  }
  recorder.record(account, paired);
  await expect.poll(settled, patience).toBe(1);
  proxy.fault(({ method }) => (method === "GET" ? undefined : { status: 403 }));
  recorder.record(account, { ...paired, message: "other" });
  await recorder.stop();
  expect(lost).toHaveLength(1);
});

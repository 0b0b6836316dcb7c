import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { accountKinds, type AccountKind } from "./api/account-kinds.ts";
import { smallPlatform } from "./testing/cluster-operator.ts";
import { installChartOperator, type ChartOperator } from "./testing/chart-operator.ts";
import { openClusterWorld, type ClusterWorld } from "./testing/cluster-world.ts";
import type { OperatorProcess } from "./testing/operator-process.ts";
import { sampleAccount } from "./testing/sample-accounts.ts";

/** The operator's own program, with the rights and the environment the chart gives it. */
const { programs } = inject("rarityCluster");

let world: ClusterWorld;
let installed: ChartOperator;
beforeAll(async () => {
  world = await openClusterWorld("binary");
  if (programs === undefined) return;
  installed = await installChartOperator({
    client: world.test.client,
    access: world.test.access,
    namespace: world.namespace,
    servicesUrl: world.platform.url,
    values: [`operator.watchNamespaces={${world.namespace}}`],
  });
});
afterAll(async () => {
  await installed.close();
  await world.close();
});

const kinds = Object.keys(accountKinds) as AccountKind[];
const connected = { status: "True", reason: "Connected" };
const refused = (operator: OperatorProcess): unknown[] =>
  operator.log.filter(({ level }) => Number(level) >= 40);

describe.skipIf(programs === undefined)("the operator's program on a cluster", () => {
  let first: OperatorProcess;
  let second: OperatorProcess;

  it("makes a Platform and accounts of every kind of what is applied", async () => {
    first = await installed.start("one");
    await first.untilLeading();
    await world.apply(smallPlatform(world.namespace));
    for (const kind of kinds) {
      const name = kind.toLowerCase();
      await world.apply(sampleAccount(kind, { name, namespace: world.namespace }));
    }
    for (const kind of kinds)
      await world.waitForCondition({ kind, name: kind.toLowerCase() }, "Ready", connected);
    await world.waitForCondition({ kind: "Platform", name: "rarity" }, "Ready", { status: "True" });
    expect(refused(first)).toEqual([]);
    const reconciled = { controller: "whatsappaccount", result: "success" };
    const ended = await first.metric("controller_runtime_reconcile_total", reconciled);
    expect(ended).toBeGreaterThan(0);
    expect(await first.metric("rest_client_requests_total")).toBeGreaterThan(0);
  });

  it("tells people in events what it did", async () => {
    const events = await world.test.client.list({
      ...{ apiVersion: "events.k8s.io/v1", kind: "Event", namespace: world.namespace },
    });
    expect(events.map((event) => event["reportingController"])).toContain(
      "rarityleads.io/operator",
    );
  });

  it("is ready, warm and idle while another replica leads", async () => {
    second = await installed.start("two");
    await second.untilReady();
    expect(await second.isLeader()).toBe(false);
    expect(await first.isLeader()).toBe(true);
    expect(await second.metric("reflector_items_per_list", { kind: "WhatsAppAccount" })).toBe(1);
    expect(await second.metric("rest_client_requests_total", { method: "PATCH" })).toBeUndefined();
    expect(await second.metric("controller_runtime_reconcile_total")).toBeUndefined();
  });

  const appliedBy = async (name: string): Promise<void> => {
    const spec = { minReplicas: 2, maxReplicas: 2 };
    await world.apply(sampleAccount("XAccount", { name, namespace: world.namespace, spec }));
    await world.waitForCondition({ kind: "XAccount", name }, "Ready", connected);
  };

  it("hands the lease over when it is asked to stop, and leaves cleanly", async () => {
    const holders: unknown[] = [];
    const unwatch = world.user.watch(["Lease"], ({ object }) => {
      if (object.metadata.namespace !== world.namespace) return;
      holders.push((object.spec as { holderIdentity?: string }).holderIdentity ?? "");
    });
    await world.user.list("Lease");
    const [how] = await Promise.all([first.stop(), second.untilLeading()]);
    unwatch();
    expect(how).toBe(0);
    expect(holders).toContain("");
    await appliedBy("after-a-stop");
    expect(refused(second)).toEqual([]);
  });

  it("is replaced when it is killed", async () => {
    const third = await installed.start("three");
    await third.untilReady();
    await second.kill();
    await third.untilLeading();
    await appliedBy("after-a-kill");
    first = third;
  });
});

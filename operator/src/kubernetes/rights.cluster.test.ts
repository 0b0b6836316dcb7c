import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { accountKinds, type AccountKind } from "../api/account-kinds.ts";
import { metricsCertificateName } from "../api/names.ts";
import {
  accountsServiceGrant,
  certificateGrants,
  handedOnVerbs,
  ownGrants,
  registrationGrants,
  reviewGrants,
  watchedGrants,
} from "../api/rbac.ts";
import { runtimeOf } from "../testing/fake-platform.ts";
import type { OperatorProcess } from "../testing/operator-process.ts";
import { openRightsWorld, type Kind, type RightsWorld } from "../testing/rights-world.ts";
import { rightsIn, rightsUsedBy } from "../testing/rights-used.ts";
import { sampleAccount } from "../testing/sample-accounts.ts";
import { waitFor } from "../testing/wait-for.ts";

/**
 * The operator does everything it can with exactly the rights the chart gives it, and the API
 * server's audit log says which of them it used: all of them, and none that it lacks.
 */
const { programs } = inject("rarityCluster");
const patience = { timeoutMs: 120_000, intervalMs: 50 };

let world: RightsWorld;
let operator: OperatorProcess;
beforeAll(async () => {
  if (programs !== undefined) world = await openRightsWorld();
});
afterAll(async () => {
  if (programs !== undefined) await world.close();
});

/** Every first update of a kind loses a race: somebody has changed the object a moment before. */
const raceEveryKind = (): void => {
  const raced = new Set<string>();
  const body = { metadata: { annotations: { "example.com/touched": "yes" } } };
  const contentType = "application/merge-patch+json";
  world.own.proxy.fault(async ({ method, url }) => {
    const [path = ""] = url.split("?");
    const [, plural = ""] = /namespaces\/[^/]+\/([^/]+)\/[^/]+$/.exec(path) ?? [];
    if (method !== "PATCH" || ["", "events"].includes(plural) || raced.has(plural)) {
      return undefined;
    }
    const isThere = await world.own.client
      .request(path, { method: "PATCH", contentType, body })
      .then(
        () => true,
        () => false,
      );
    if (isThere) raced.add(plural);
    return undefined;
  });
};

const scaledBy = (mode: string): Record<string, unknown> => ({
  scaling: { mode, startsAtOnceMax: 1000, startsPerEgressMax: 1000 },
});

const accounts = Object.keys(accountKinds) as AccountKind[];
const nameOf = (kind: AccountKind): string => kind.toLowerCase();
const foundation: Kind[] = ["ServiceAccount", "Role", "RoleBinding", "NetworkPolicy"];
const perComponent: Kind[] = ["Service", "Deployment", "PodDisruptionBudget"];
const monitors: Kind[] = ["PodMonitor", "PrometheusRule"];

/** Who answers for external.metrics.k8s.io. */
const serveMetricsBy = async (service: { namespace: string; name: string }): Promise<void> => {
  const path = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.external.metrics.k8s.io";
  const contentType = "application/merge-patch+json";
  await world.own.client.request(path, {
    method: "PATCH",
    contentType,
    body: { spec: { service } },
  });
};

describe.skipIf(programs === undefined)("the operator's rights", () => {
  it("suffice to start and to lead", async () => {
    raceEveryKind();
    operator = await world.installed.start("one");
    await operator.untilReady();
    await operator.untilLeading();
  });

  it("suffice for a Platform with everything, while another server has the metrics slot", async () => {
    await serveMetricsBy({ namespace: "kube-system", name: "adapter" });
    world.services.sandbox = {
      ...{ wireUrl: "ws://sandbox:3901/ws", rootKeyHex: "ab".repeat(32) },
      mediaCaPem: "-----BEGIN CERTIFICATE-----\nsandbox\n-----END CERTIFICATE-----\n",
    };
    await world.changePlatform({
      ...{ sandbox: "On", hosts: { api: "api.example.com" }, ingress: { type: "Ingress" } },
      ...scaledBy("External"),
    });
    const optional = ["ConfigMap", "Ingress", ...monitors] as const;
    await world.untilThere([...foundation, "Job", ...perComponent, ...optional]);
    await world.untilReady("Platform", "rarity");
  });

  it("suffice for accounts of every kind, with a finalizer", async () => {
    const { namespace } = world;
    const spec = { deletionPolicy: "Delete", maxReplicas: 3 };
    for (const kind of accounts)
      await world.apply(sampleAccount(kind, { name: nameOf(kind), namespace, spec }));
    for (const kind of accounts) {
      await world.untilReady(kind, nameOf(kind));
      expect((await world.get(kind, nameOf(kind)))?.metadata.finalizers).toHaveLength(1);
    }
  });

  it("suffice for every scaling mode, and for what the mode before has left", async () => {
    const { operatorNamespace: namespace } = world;
    await serveMetricsBy({ namespace, name: "rarity-rarity-leads-external-metrics" });
    await world.changePlatform(scaledBy("Builtin"));
    await world.untilThere(["HorizontalPodAutoscaler"]);
    await world.drift("HorizontalPodAutoscaler");
    await world.changePlatform(scaledBy("Keda"));
    await world.untilThere(["ScaledObject"], ["HorizontalPodAutoscaler"]);
    await world.drift("ScaledObject");
    await world.changePlatform(scaledBy("Direct"));
    await world.untilThere([], ["ScaledObject"]);
  });

  it("suffice to put back what was changed by hand, also when that loses a race", async () => {
    const kinds: Kind[] = [...foundation, ...perComponent, "ConfigMap", "Ingress", ...monitors];
    for (const kind of kinds) await world.drift(kind);
  });

  it("suffice to take away what is wanted no more", async () => {
    await world.changePlatform({ ingress: { type: "HTTPRoute", gateway: { name: "gateway" } } });
    await world.untilThere(["HTTPRoute"], ["Ingress"]);
    await world.drift("HTTPRoute");
    await world.changePlatform({ ingress: { type: "None" }, telemetry: { monitors: "Off" } });
    await world.untilThere([], ["HTTPRoute", ...monitors]);
    await world.changePlatform({ sandbox: "Off" });
    await world.untilThere([], ["ConfigMap"]);
    const left = ["Role", "RoleBinding", "Job", "PodDisruptionBudget"] as const;
    for (const kind of left) await world.leaveBehind(kind);
  });

  it("suffice to say the same again", async () => {
    const { runtimes } = world.services;
    for (const state of ["disconnected", "connected", "disconnected", "connected"]) {
      for (const [id, { orgId, phone }] of runtimes)
        runtimes.set(id, runtimeOf(id, orgId, { state, phone }));
      const status = state === "connected" ? "True" : "False";
      for (const kind of accounts) await world.untilReady(kind, nameOf(kind), status);
    }
  });

  it("suffice to answer who asks for the metric, and to renew a certificate", async () => {
    expect(await world.askMetrics(world.installed.token)).toBe(200);
    expect(await world.askMetrics("nobody")).toBe(401);
    const { operatorNamespace: namespace } = world;
    const secret = { kind: "Secret", namespace, name: metricsCertificateName };
    await world.merge(secret, { data: { "ca.crt": null } });
    await world.changePlatform(scaledBy("Builtin"));
    await waitFor(async () => {
      const { data } = (await world.user.get(secret)) as { data?: Record<string, string> };
      return data?.["ca.crt"];
    }, patience);
  });

  it("suffice to let accounts go", async () => {
    const { namespace, user } = world;
    for (const kind of accounts) await user.delete({ kind, namespace, name: nameOf(kind) });
    await waitFor(async () => {
      const lists = await Promise.all(accounts.map((kind) => user.list(kind, { namespace })));
      return lists.flat().length === 0;
    }, patience);
  });

  it("are used, every one of them, and nothing was refused", async () => {
    expect(await operator.stop()).toBe(0);
    const { auditLogPath } = world.own.plane;
    const { used, refused } = await rightsUsedBy(world.installed.serviceAccount, auditLogPath);
    expect(refused).toEqual([]);
    const everywhere = [...watchedGrants, ...ownGrants, ...certificateGrants];
    const granted = rightsIn([...everywhere, ...reviewGrants, ...registrationGrants]);
    // The accounts service makes and deletes accounts; nobody can hand on what they lack.
    const handedOn = accountsServiceGrant.resources.flatMap((plural) =>
      handedOnVerbs.map((verb) => `${verb} rarityleads.io/${plural}`),
    );
    expect(granted.filter((right) => !used.includes(right))).toEqual(handedOn);
    expect(used.filter((right) => !granted.includes(right))).toEqual([]);
  });
});

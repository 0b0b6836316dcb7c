import { describe, expect, it } from "vitest";
import type { KubeObject } from "../api/objects.ts";
import { migrationJobName } from "../api/platform-names.ts";
import type { Platform } from "../api/platform.ts";
import type { Pod } from "../api/workloads.ts";
import { buildFoundation, buildServices } from "../desired/platform/build-platform.ts";
import type { PlatformContext } from "../desired/platform/context.ts";
import { platformContext } from "../testing/platform-fixtures.ts";
import { planPlatform, type PlatformObservation } from "./plan-platform.ts";

const now = new Date("2026-11-25T12:00:00.000Z");

const observe = (
  context: PlatformContext,
  parts: Partial<PlatformObservation> = {},
): PlatformObservation => ({
  context,
  missing: [],
  owned: [],
  others: [],
  migrationPods: [],
  accounts: 0,
  storm: undefined,
  traceparent: undefined,
  now,
  ...parts,
});

const condition = (plan: ReturnType<typeof planPlatform>, type: string) =>
  plan.status.conditions?.find((one) => one.type === type);

const jobOf = (context: PlatformContext, status: unknown): KubeObject => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: migrationJobName(context.platform, "0.1.0"), namespace: "default" },
  status,
});

/** The cluster after everything was applied and settled. */
const settled = (context: PlatformContext): KubeObject[] => [
  ...buildFoundation(context).filter(({ kind }) => kind !== "Job"),
  jobOf(context, { succeeded: 1 }),
  ...buildServices(context).map((object) =>
    object.kind !== "Deployment"
      ? object
      : {
          ...object,
          metadata: { ...object.metadata, generation: 1 },
          status: {
            observedGeneration: 1,
            replicas: 2,
            updatedReplicas: 2,
            readyReplicas: 2,
          },
        },
  ),
];

describe("planPlatform", () => {
  it("is not ready, and looks again soon, while the keys of its sandbox are not known", () => {
    const context = platformContext("platform-minimal", { spec: { sandbox: "On" } });
    const silent = planPlatform(observe(context, { owned: settled(context) }));
    expect(condition(silent, "Ready")).toMatchObject({
      status: "False",
      reason: "SandboxUnreadable",
      message: expect.stringContaining("port 3900") as string,
    });
    expect(silent.requeueAfterMs).toBeLessThanOrEqual(5_000);
    const trust = { wireUrl: "ws://sandbox:3901", rootKeyHex: "00", mediaCaPem: "pem" };
    const known = { ...context, sandboxTrust: trust };
    const plan = planPlatform(observe(known, { owned: settled(known) }));
    expect(condition(plan, "Ready")?.status).toBe("True");
  });

  it("says what the pod of a failed migration said last, and what to do", () => {
    const context = platformContext("platform-minimal");
    const conditions = [{ type: "Failed", status: "True", message: "BackoffLimitExceeded" }];
    const job = jobOf(context, { conditions });
    const pod = (at: string, message: string): Pod => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: `pod-${at}`,
        namespace: "default",
        creationTimestamp: at,
        labels: { "batch.kubernetes.io/job-name": job.metadata.name },
      },
      spec: { containers: [] },
      status: {
        containerStatuses: [{ state: { terminated: { exitCode: 1, message } } }],
      } as unknown as NonNullable<Pod["status"]>,
    });
    const plan = planPlatform(
      observe(context, {
        owned: [job],
        migrationPods: [
          pod("2026-11-25T12:00:00Z", "new words"),
          pod("2026-11-25T11:00:00Z", "old"),
        ],
      }),
    );
    const { message } = condition(plan, "Migrated") ?? {};
    expect(message).toBe(
      `BackoffLimitExceeded: new words; delete Job ${job.metadata.name} to try again`,
    );
  });

  it("applies nothing while a Secret it names is missing, and names it", () => {
    const missing = ["Secret rarity-keys is missing"];
    const plan = planPlatform(observe(platformContext("platform-minimal"), { missing }));
    expect(plan.apply).toEqual([]);
    expect(condition(plan, "Ready")).toMatchObject({
      reason: "SecretMissing",
      message: "Secret rarity-keys is missing",
    });
  });

  it("never touches a Job that is there: its template cannot change", () => {
    const context = platformContext("platform-minimal");
    const plan = planPlatform(observe(context, { owned: [jobOf(context, {})] }));
    expect(plan.apply.map(({ kind }) => kind)).not.toContain("Job");
  });

  it("changes no pod and no version when only the operator is a newer one", () => {
    const before = platformContext("platform-minimal");
    const installed: PlatformContext = {
      ...before,
      platform: { ...before.platform, status: { migratedVersion: "0.1.0" } },
    };
    const owned = planPlatform(observe(installed, { owned: settled(installed) })).apply;
    const newer: PlatformContext = { ...installed, operatorVersion: "0.2.0" };
    const plan = planPlatform(
      observe(newer, { owned: [...owned, jobOf(before, { succeeded: 1 })] }),
    );
    const templates = (objects: readonly KubeObject[]): unknown[] =>
      objects.flatMap((object) =>
        object.kind === "Deployment" ? [(object.spec as { template: unknown }).template] : [],
      );
    expect(templates(plan.apply)).toEqual(templates(owned));
    expect(condition(plan, "UpdateAvailable")).toMatchObject({
      status: "True",
      message: expect.stringContaining('set spec.version: "0.2.0"') as string,
    });
  });

  it("shows drift with Observe, and changes nothing", () => {
    const context = platformContext("platform-minimal", { spec: { reconcilePolicy: "Observe" } });
    const owned = planPlatform(observe(context, { owned: settled(context) }));
    expect(owned.apply).toEqual([]);
    const drifted = settled(context).map((object) =>
      object.kind === "Service" && object.metadata.name.endsWith("edge")
        ? { ...object, spec: { type: "NodePort" } }
        : object,
    );
    const { message } =
      condition(planPlatform(observe(context, { owned: drifted })), "Synced") ?? {};
    expect(message).toContain("change Service rarity-edge: spec.type");
  });

  const context = platformContext("platform-minimal");

  it("applies nothing that runs before the migration has finished", () => {
    const plan = planPlatform(observe(context));
    expect(plan.apply.map(({ kind }) => kind)).toContain("Job");
    expect(plan.apply.map(({ kind }) => kind)).not.toContain("Deployment");
    expect(condition(plan, "Ready")).toMatchObject({ status: "False", reason: "Running" });
  });

  it("applies the services once it has, and is ready when they are", () => {
    const running = planPlatform(observe(context, { owned: [jobOf(context, { succeeded: 1 })] }));
    expect(running.apply.map(({ kind }) => kind)).toContain("Deployment");
    expect(running.status.migratedVersion).toBe("0.1.0");
    const done = planPlatform(observe(context, { owned: settled(context) }));
    expect(condition(done, "Ready")).toMatchObject({ status: "True", reason: "Running" });
    expect(done.status.version).toBe("0.1.0");
    expect(done.prune).toEqual([]);
  });

  it("keeps the former version running when a migration fails", () => {
    const status = { conditions: [{ type: "Failed", status: "True", message: "deadline" }] };
    const owned = [
      ...settled(context).filter(({ kind }) => kind !== "Job"),
      jobOf(context, status),
    ];
    const plan = planPlatform(observe(context, { owned }));
    expect(plan.apply.some(({ kind }) => kind === "Deployment")).toBe(false);
    expect(plan.prune).toEqual([]);
    expect(condition(plan, "Degraded")).toMatchObject({ reason: "MigrationFailed" });
  });

  it("does not stop what runs when the finished Job was cleaned up", () => {
    const known: PlatformContext = {
      ...context,
      platform: { ...context.platform, status: { migratedVersion: "0.1.0" } },
    };
    const owned = settled(context).filter(({ kind }) => kind !== "Job");
    expect(condition(planPlatform(observe(known, { owned })), "Ready")).toMatchObject({
      status: "True",
    });
  });

  it("takes away what is no longer wanted, but no Job that runs", () => {
    const sandbox = platformContext("platform-minimal", { spec: { sandbox: "On" } });
    const oldJob = { ...jobOf(context, {}), metadata: { name: "old", namespace: "default" } };
    const owned = [...settled(sandbox), oldJob];
    const pruned = planPlatform(observe(context, { owned })).prune;
    expect(pruned.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort()).toEqual([
      "Deployment/rarity-sandbox",
      "NetworkPolicy/rarity-sandbox",
      "Service/rarity-sandbox",
      "ServiceAccount/rarity-sandbox",
    ]);
  });

  it("serves the oldest Platform of a namespace only", () => {
    const older: Platform = {
      ...context.platform,
      metadata: { ...context.platform.metadata, creationTimestamp: "2026-11-01T00:00:00.000Z" },
    };
    const plan = planPlatform(observe(context, { others: [older] }));
    expect(plan.apply).toEqual([]);
    expect(condition(plan, "Ready")).toMatchObject({ reason: "AnotherPlatform" });
  });

  it.each([
    { reconcilePolicy: "DryRun" as const },
    { reconcilePolicy: "Observe" as const },
    { paused: true },
  ])("changes nothing with %o", (spec) => {
    const quiet = platformContext("platform-minimal", { spec });
    const plan = planPlatform(observe(quiet, { owned: [jobOf(quiet, { succeeded: 1 })] }));
    expect(plan.apply).toEqual([]);
    expect(plan.prune).toEqual([]);
  });

  it("says with DryRun what it would do, and nothing when there is nothing to do", () => {
    const dry = platformContext("platform-minimal", { spec: { reconcilePolicy: "DryRun" } });
    const owned = planPlatform(observe(context, { owned: settled(context) })).apply;
    const job = jobOf(dry, { succeeded: 1 });
    expect(planPlatform(observe(dry, { owned: [...owned, job] })).status.plan).toEqual([]);
    const changed = platformContext("platform-minimal", {
      spec: { reconcilePolicy: "DryRun", components: [{ name: "edge", replicas: 5 }] },
    });
    const steps = planPlatform(observe(changed, { owned: settled(dry) })).status.plan;
    expect(steps).toContain("change Deployment rarity-edge: spec.replicas");
  });
});

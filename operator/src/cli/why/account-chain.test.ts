import { describe, expect, test } from "vitest";
import type { KubeObject } from "../../api/objects.ts";
import { accountChain } from "./account-chain.ts";
import type { AccountFacts } from "./account-facts.ts";

const condition = (type: string, status: string, reason: string, message = reason) => ({
  ...{ type, status, reason, message },
  lastTransitionTime: "2026-01-02T03:04:05Z",
});

const healthy = [
  condition("Ready", "True", "Connected", "it can send"),
  condition("Paired", "True", "Paired"),
  condition("Connected", "True", "Connected"),
  condition("Scaling", "True", "QueueDepth", "1 pod(s) wanted by queue depth"),
  condition("Degraded", "False", "AsExpected"),
];

interface Choice {
  spec?: object;
  conditions?: object[];
  status?: object;
  metadata?: object;
}

const account = ({ spec, conditions = healthy, status, metadata }: Choice = {}): KubeObject => ({
  apiVersion: "rarityleads.io/v1alpha1",
  kind: "WhatsAppAccount",
  metadata: { name: "sales", namespace: "default", uid: "u1", generation: 3, ...metadata },
  spec: { paused: false, reconcilePolicy: "Apply", ...spec },
  status: { observedGeneration: 3, desiredReplicas: 1, queue: "0", conditions, ...status },
});

const deployment = (replicas: number, ready: number): KubeObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "whatsapp-sales", namespace: "default" },
  spec: { replicas },
  status: { replicas, readyReplicas: ready },
});

const pod = (status: object): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "whatsapp-sales-abc", namespace: "default" },
  status,
});

const facts = (parts: Partial<AccountFacts>): AccountFacts => ({
  account: account(),
  deployment: deployment(1, 1),
  pods: [],
  events: [],
  unread: [],
  ...parts,
});

describe("why an account does not send", () => {
  test("nothing has to be done for an account that sends", () => {
    const chain = accountChain(facts({}));
    expect(chain.verdict).toBe("It can send: it can send.");
    expect(chain.next).toBeUndefined();
    expect(chain.links.every(({ state }) => state === "ok")).toBe(true);
  });

  test("a paused account names the command that resumes it", () => {
    const chain = accountChain(facts({ account: account({ spec: { paused: true } }) }));
    expect(chain.verdict).toMatch(/spec.paused is true/);
    expect(chain.next).toBe("kubectl rarity resume WhatsAppAccount/sales");
  });

  test("an account without a phone names the command that pairs it", () => {
    const conditions = [
      condition("Ready", "False", "PairingNeeded"),
      condition("Paired", "False", "PairingNeeded", "link a phone"),
      condition("Connected", "False", "Connecting"),
    ];
    const chain = accountChain(facts({ account: account({ conditions }) }));
    expect(chain.verdict).toBe("Paired: link a phone.");
    expect(chain.next).toBe("kubectl rarity pair WhatsAppAccount/sales");
  });

  test("a pod that cannot pull its image is the cause, on Kubernetes", () => {
    const waiting = { reason: "ImagePullBackOff", message: "Back-off pulling image" };
    const status = {
      phase: "Pending",
      containerStatuses: [{ ready: false, restartCount: 2, state: { waiting } }],
    };
    const conditions = [
      condition("Ready", "False", "NoReadyPod"),
      condition("Paired", "True", "Paired"),
      condition("Connected", "False", "NoReadyPod"),
    ];
    const chain = accountChain(
      facts({
        account: account({ conditions }),
        deployment: deployment(1, 0),
        pods: [pod(status)],
      }),
    );
    expect(chain.verdict).toBe(
      "Pod/whatsapp-sales-abc: ImagePullBackOff: Back-off pulling image, 2 restart(s).",
    );
    expect(chain.next).toMatch(/image name and the pull secret/);
  });

  test("a pod the scheduler has no node for is the cause", () => {
    const conditions = [
      { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/2 nodes" },
    ];
    const chain = accountChain(
      facts({
        account: account({ conditions: [condition("Ready", "False", "NoReadyPod")] }),
        deployment: deployment(1, 0),
        pods: [pod({ phase: "Pending", conditions })],
      }),
    );
    expect(chain.verdict).toMatch(/Unschedulable: 0\/2 nodes/);
  });

  test("a crashing process of the local runtime is named with its restarts", () => {
    const status = { ready: false, reason: "CrashLoopBackOff", message: "exit 1", restartCount: 4 };
    const chain = accountChain(
      facts({
        account: account({ conditions: [condition("Ready", "False", "NoReadyPod")] }),
        deployment: deployment(1, 0),
        pods: [pod(status)],
      }),
    );
    expect(chain.verdict).toMatch(/CrashLoopBackOff: exit 1, 4 restart/);
    expect(chain.next).toBe("read the pod's log: kubectl logs whatsapp-sales-abc --previous");
  });

  test("a hibernated account is well", () => {
    const conditions = [
      condition("Ready", "True", "Hibernated", "the first queued message wakes it"),
      condition("Paired", "True", "Paired"),
      condition("Connected", "False", "Hibernated"),
      condition("Scaling", "True", "Hibernated", "no pods while idle"),
    ];
    const chain = accountChain(
      facts({
        account: account({ conditions, status: { desiredReplicas: 0 } }),
        deployment: deployment(0, 0),
      }),
    );
    expect(chain.verdict).toBe("It can send: the first queued message wakes it.");
    expect(chain.next).toBeUndefined();
  });

  test("an operator that has not seen the change is named before its consequences", () => {
    const late = account({ metadata: { generation: 4 }, conditions: [] });
    const chain = accountChain(facts({ account: late }));
    expect(chain.verdict).toBe("operator: has acted on generation 3, not yet on 4.");
  });

  test("what may not be read is unknown, and its absence proves nothing", () => {
    const chain = accountChain(
      facts({ deployment: undefined, unread: ["Deployments (forbidden)"] }),
    );
    expect(chain.links.map(({ says }) => says)).not.toContain("does not exist");
    expect(chain.links.at(-1)).toMatchObject({ what: "Deployments (forbidden)", state: "unknown" });
  });

  test("a deletion that waits names who holds it", () => {
    const leaving = account({
      metadata: { deletionTimestamp: "2026-01-02T03:04:05Z", finalizers: ["rarityleads.io/x"] },
      conditions: [],
    });
    expect(accountChain(facts({ account: leaving })).links[0]?.says).toBe(
      "is being deleted, held by rarityleads.io/x",
    );
  });
});

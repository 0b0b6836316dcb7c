import { describe, expect, it } from "vitest";
import { scaledAccount } from "../../testing/scaling-fixtures.ts";
import { buildScaledObject } from "./scaled-object.ts";

const accountId = "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e22";
const build = (minReplicas: number, min = Math.max(minReplicas, 1)) =>
  buildScaledObject(scaledAccount({ minReplicas, maxReplicas: 5, targetQueueDepth: 40 }), {
    name: "whatsapp-sales",
    labels: {},
    accountId,
    range: { min, max: 5 },
    source: {
      url: "https://rarity-metrics.rarity.svc:8443",
      authenticationName: "rarity-demand",
      fallbackReplicas: 9,
    },
  }).spec as Record<string, unknown>;

describe("the ScaledObject of an account", () => {
  it("lets KEDA scale to zero only an account that may hibernate", () => {
    expect(build(0)).toMatchObject({ minReplicaCount: 0, maxReplicaCount: 5 });
    expect(build(2)).toMatchObject({ minReplicaCount: 2, maxReplicaCount: 5 });
  });

  it("asks for the demand of this account, as whom the installation says", () => {
    expect(build(1)).toMatchObject({
      triggers: [
        {
          type: "metrics-api",
          metadata: {
            url: `https://rarity-metrics.rarity.svc:8443/keda/v1/namespaces/default/accounts/${accountId}`,
            valueLocation: "demand",
            targetValue: "40",
          },
          authenticationRef: { kind: "ClusterTriggerAuthentication", name: "rarity-demand" },
        },
      ],
    });
  });

  it("falls back to no more than the maximum, and never to less than there is", () => {
    expect(build(1)).toMatchObject({
      fallback: { replicas: 5, behavior: "currentReplicasIfHigher" },
    });
  });
});

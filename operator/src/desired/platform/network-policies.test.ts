import { expect, it } from "vitest";
import { platformContext } from "../../testing/platform-fixtures.ts";
import { buildNetworkPolicies } from "./network-policies.ts";
import type { Rule } from "./network-rules.ts";

const egressOf = (spec: object, name: string): Rule[] => {
  const policies = buildNetworkPolicies(platformContext("platform-minimal", { spec }));
  const policy = policies.find(({ metadata }) => metadata.name === `rarity-${name}`);
  return (policy?.spec as { egress: Rule[] }).egress;
};

const portsOf = (rules: readonly Rule[]): number[] =>
  rules.flatMap(({ ports = [] }) => ports.map(({ port }) => port));

const outside = (rules: readonly Rule[]): Rule[] =>
  rules.filter(({ to = [] }) => to.some((peer) => "ipBlock" in peer));

const auth = { issuer: "https://x.example/auth/v1", jwksUrl: "https://x.example:9999/jwks" };

it.each(["orchestrator", "leads", "accounts"])("lets %s out to another issuer's keys", (name) => {
  expect(portsOf(outside(egressOf({ auth }, name)))).toContain(9999);
  expect(portsOf(outside(egressOf({}, name)))).not.toContain(9999);
});

it.each(["migrate", "orchestrator", "leads", "accounts", "auth"])(
  "lets %s out to the stores' ports that the Platform names, once each",
  (name) => {
    const ports = portsOf(egressOf({ network: { storePorts: [25060, 5432] } }, name));
    for (const one of [25060, 5432]) expect(ports.filter((port) => port === one)).toEqual([one]);
  },
);

it("lets nobody out to a store who opens none", () => {
  expect(portsOf(egressOf({ network: { storePorts: [25060] } }, "edge"))).not.toContain(25060);
});

import { describe, expect, it } from "vitest";
import type { Account } from "../api/account-kinds.ts";
import type { Deployment } from "../api/workloads.ts";
import { buildPodDeployment } from "../desired/account/pod-deployment.ts";
import { testAccount } from "../testing/fixtures.ts";
import { platformContext } from "../testing/platform-fixtures.ts";
import { settleTemplates } from "./template-hold.ts";

const account: Account = testAccount();
const context = platformContext("platform-minimal");
const build = (): Deployment => buildPodDeployment(account, context, 1);

/** As another version of the operator would build it. */
const buildOtherwise = (): Deployment => {
  const deployment = structuredClone(build());
  const [container] = deployment.spec.template.spec.containers;
  container?.env?.push({ name: "NEW_SETTING", value: "on" });
  return deployment;
};

const settle = (
  wanted: Deployment,
  current?: Deployment,
  inputs: unknown = "spec",
  trace?: string,
) => {
  const { objects, held } = settleTemplates({
    objects: [wanted],
    observed: current === undefined ? [] : [current],
    inputs,
    traceparent: trace,
  });
  return { object: objects[0] as Deployment, held };
};

const envOf = ({ spec }: Deployment) => spec.template.spec.containers[0]?.env ?? [];

describe("settleTemplates", () => {
  it("leaves pods alone that only a newer operator would build otherwise, and says so", () => {
    const { object: first } = settle(build());
    const { object, held } = settle(buildOtherwise(), first);
    expect(held).toEqual([first.metadata.name]);
    expect(object).toEqual(first);
  });

  it("scales what it holds", () => {
    const { object: first } = settle(build());
    const wanted = buildOtherwise();
    wanted.spec.replicas = 3;
    const { object } = settle(wanted, first);
    expect(object.spec.replicas).toBe(3);
    expect(object.spec.template).toEqual(first.spec.template);
  });

  it("replaces them when somebody asks for a change", () => {
    const { object: first } = settle(build());
    const { object, held } = settle(buildOtherwise(), first, "another spec");
    expect(held).toEqual([]);
    expect(envOf(object).map(({ name }) => name)).toContain("NEW_SETTING");
  });

  it("waits for its turn to replace pods that run, and forgets nothing meanwhile", () => {
    const { object: first } = settle(build());
    const input = { objects: [buildOtherwise()], inputs: "another", traceparent: undefined };
    const waiting = settleTemplates({ ...input, observed: [first], mayRoll: false });
    expect(waiting.postponed).toEqual([first.metadata.name]);
    expect(waiting.objects).toEqual([first]);
    const later = settleTemplates({ ...input, observed: waiting.objects, mayRoll: true });
    expect(later.rolled).toEqual([first.metadata.name]);
    const asleep = { ...first, spec: { ...first.spec, replicas: 0 } };
    expect(settleTemplates({ ...input, observed: [asleep], mayRoll: false }).postponed).toEqual([]);
  });

  it("puts back what was changed by hand", () => {
    const { object: first } = settle(build());
    const drifted = structuredClone(first);
    drifted.spec.template.spec.containers[0]!.image = "by-hand:1";
    const { object, held } = settle(build(), drifted);
    expect(held).toEqual([]);
    expect(object).toEqual(first);
  });

  it("hands the trace of a change to its pods, and replaces no pod for a new trace", () => {
    const traces = ["00-a-1-01", "00-b-2-01", "00-c-3-01"];
    const { object: first } = settle(build(), undefined, "spec", traces[0]);
    expect(envOf(first).at(-1)).toEqual({ name: "TRACEPARENT", value: traces[0] });
    const { object: again } = settle(build(), first, "spec", traces[1]);
    expect(again).toEqual(first);
    const { object: changed } = settle(buildOtherwise(), first, "another spec", traces[2]);
    expect(envOf(changed).at(-1)).toEqual({ name: "TRACEPARENT", value: traces[2] });
  });
});

import { annotations, shortHash } from "../api/names.ts";
import { refKey, refOf, type KubeObject } from "../api/objects.ts";
import type { Deployment, EnvVar } from "../api/workloads.ts";

const traceVariable = "TRACEPARENT";

export interface Settled {
  objects: KubeObject[];
  /** Deployments that a newer operator would build otherwise, though nobody asked for a change. */
  held: string[];
  /** Deployments whose pods are to be replaced, and are not yet. */
  postponed: string[];
  /** Deployments whose pods are replaced now. */
  rolled: string[];
}

interface SettleInput {
  objects: readonly KubeObject[];
  observed: readonly KubeObject[];
  /** Everything pods are made from: specs, versions, digests. Undefined holds nothing. */
  inputs: unknown;
  traceparent: string | undefined;
  /** Whether pods that run may be replaced now. True when left out. */
  mayRoll?: boolean;
}

type Fate = "as wanted" | "held" | "postponed" | "rolled";

/**
 * Decides which pods are replaced. Those whose inputs changed are; those which only this operator
 * would build otherwise are not: they keep their template until somebody asks for a change. A pod
 * carries the trace of what made it so, and a new trace alone replaces no pod.
 */
export const settleTemplates = (input: SettleInput): Settled => {
  const { objects, observed, inputs } = input;
  const present = new Map(observed.map((object) => [refKey(refOf(object)), object]));
  const inputHash = inputs === undefined ? undefined : shortHash(inputs);
  const fates: Record<Fate, string[]> = { "as wanted": [], held: [], postponed: [], rolled: [] };
  const settled = objects.map((object) => {
    if (object.kind !== "Deployment") return object;
    const wanted = object as Deployment;
    const current = present.get(refKey(refOf(object))) as Deployment | undefined;
    const templateHash = shortHash(wanted.spec.template);
    const isSame = notesOf(current)[annotations.templateHash] === templateHash;
    const fate = fateOf(current, { inputHash, isSame, mayRoll: input.mayRoll ?? true });
    fates[fate].push(object.metadata.name);
    return current !== undefined && (fate === "held" || fate === "postponed")
      ? keepTemplate(wanted, current)
      : takeTemplate(
          wanted,
          { inputHash, templateHash },
          isSame ? traceIn(current) : input.traceparent,
        );
  });
  const { held, postponed, rolled } = fates;
  return { objects: settled, held, postponed, rolled };
};

const notesOf = (object: KubeObject | undefined): Record<string, string> =>
  object?.metadata.annotations ?? {};

const fateOf = (
  current: Deployment | undefined,
  is: { inputHash: string | undefined; isSame: boolean; mayRoll: boolean },
): Fate => {
  const { inputHash, isSame, mayRoll } = is;
  if (current === undefined || isSame) return "as wanted";
  if (isHeldBy(notesOf(current), inputHash)) return "held";
  if ((current.spec.replicas ?? 1) === 0) return "as wanted";
  return mayRoll ? "rolled" : "postponed";
};

/** The pods stay as they are; everything else of the Deployment is as wanted. */
const keepTemplate = (wanted: Deployment, current: Deployment): Deployment => {
  const { [annotations.inputHash]: inputHash, [annotations.templateHash]: templateHash = "" } =
    notesOf(current);
  const object = { ...wanted, spec: { ...wanted.spec, template: current.spec.template } };
  return annotate(object, { inputHash, templateHash });
};

const takeTemplate = (
  wanted: Deployment,
  hashes: { inputHash: string | undefined; templateHash: string },
  trace: string | undefined,
): Deployment => annotate(withTrace(wanted, trace), hashes);

const isHeldBy = (notes: Record<string, string>, inputHash: string | undefined): boolean =>
  inputHash !== undefined &&
  notes[annotations.inputHash] === inputHash &&
  notes[annotations.templateHash] !== undefined;

const annotate = (
  object: Deployment,
  hashes: { inputHash: string | undefined; templateHash: string },
): Deployment => ({
  ...object,
  metadata: {
    ...object.metadata,
    annotations: {
      ...object.metadata.annotations,
      ...(hashes.inputHash === undefined ? {} : { [annotations.inputHash]: hashes.inputHash }),
      [annotations.templateHash]: hashes.templateHash,
    },
  },
});

const traceIn = (deployment: Deployment | undefined): string | undefined =>
  deployment?.spec.template.spec.containers[0]?.env?.find(({ name }) => name === traceVariable)
    ?.value;

const withTrace = (object: Deployment, traceparent: string | undefined): Deployment => {
  const [first, ...others] = object.spec.template.spec.containers;
  if (traceparent === undefined || first === undefined) return object;
  const variable: EnvVar = { name: traceVariable, value: traceparent };
  const containers = [{ ...first, env: [...(first.env ?? []), variable] }, ...others];
  const template = object.spec.template;
  return {
    ...object,
    spec: {
      ...object.spec,
      template: { ...template, spec: { ...template.spec, containers } },
    },
  };
};

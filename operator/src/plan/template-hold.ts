import { annotations, shortHash } from "../api/names.ts";
import { refKey, refOf, type KubeObject } from "../api/objects.ts";
import type { Deployment, EnvVar } from "../api/workloads.ts";

const traceVariable = "TRACEPARENT";

export interface Settled {
  objects: KubeObject[];
  /** Deployments that a newer operator would build otherwise, though nobody asked for a change. */
  held: string[];
}

/**
 * Decides which pods are replaced. Those whose inputs changed are; those which only this operator
 * would build otherwise are not: they keep their template until somebody asks for a change. A pod
 * carries the trace of what made it so, and a new trace alone replaces no pod.
 */
export const settleTemplates = (input: {
  objects: readonly KubeObject[];
  observed: readonly KubeObject[];
  /** Everything pods are made from: specs, versions, digests. Undefined holds nothing. */
  inputs: unknown;
  traceparent: string | undefined;
}): Settled => {
  const { objects, observed, inputs, traceparent } = input;
  const present = new Map(observed.map((object) => [refKey(refOf(object)), object]));
  const inputHash = inputs === undefined ? undefined : shortHash(inputs);
  const held: string[] = [];
  const settled = objects.map((object) => {
    if (object.kind !== "Deployment") return object;
    const current = present.get(refKey(refOf(object))) as Deployment | undefined;
    const result = settle(object as Deployment, current, { inputHash, traceparent });
    if (result.isHeld) held.push(object.metadata.name);
    return result.object;
  });
  return { objects: settled, held };
};

const settle = (
  wanted: Deployment,
  current: Deployment | undefined,
  context: { inputHash: string | undefined; traceparent: string | undefined },
): { object: Deployment; isHeld: boolean } => {
  const templateHash = shortHash(wanted.spec.template);
  const notes = current?.metadata.annotations ?? {};
  const isSame = notes[annotations.templateHash] === templateHash;
  const { inputHash } = context;
  if (current !== undefined && !isSame && isHeldBy(notes, inputHash)) {
    const template = current.spec.template;
    const keptHash = notes[annotations.templateHash] ?? "";
    const object = { ...wanted, spec: { ...wanted.spec, template } };
    return { object: annotate(object, { inputHash, templateHash: keptHash }), isHeld: true };
  }
  const trace = isSame && current !== undefined ? traceIn(current) : context.traceparent;
  return { object: annotate(withTrace(wanted, trace), { inputHash, templateHash }), isHeld: false };
};

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

const traceIn = ({ spec }: Deployment): string | undefined =>
  spec.template.spec.containers[0]?.env?.find(({ name }) => name === traceVariable)?.value;

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

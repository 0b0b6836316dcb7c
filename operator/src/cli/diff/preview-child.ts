import type { KubeObject } from "../../api/objects.ts";
import { ServerRefusal, type Objects } from "../ports.ts";
import { changeOf, type ChildStep } from "./children.ts";
import type { ObjectChange, Refused } from "./report.ts";

export interface Preview {
  change?: ObjectChange | undefined;
  refused?: Refused;
  note?: string;
}

/** One object as the server would have it: with its defaults, or with its refusal. */
export const previewChild = async (objects: Objects, step: ChildStep): Promise<Preview> => {
  const { action, object, live, fieldManager } = step;
  // The operator's own listener takes no children from others, and adds no defaults to them.
  if (objects.runs === "processes") return { change: changeOf(action, live, object) };
  try {
    const after = await objects.dryRun({ as: "apply", object, fieldManager });
    return { change: changeOf(action, live, after) };
  } catch (error) {
    if (!(error instanceof ServerRefusal)) throw error;
    if (error.status !== 403) return { refused: refusedOf(object, error) };
    const note = `as the operator builds it, without the server's defaults: you may not apply ${object.kind}s`;
    return { change: changeOf(action, live, object), note };
  }
};

export const refusedOf = (object: KubeObject, { message }: ServerRefusal): Refused => {
  const { namespace, name } = object.metadata;
  return { kind: object.kind, namespace, name, message };
};

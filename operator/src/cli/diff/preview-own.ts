import type { KubeObject } from "../../api/objects.ts";
import { refOf } from "../../api/objects.ts";
import type { Objects } from "../ports.ts";
import { isRecord } from "./keyed-list.ts";

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * What an object of the file becomes when it is applied, with the server's defaults. In the way it
 * was applied before: what `kubectl apply` wrote is merged with what it remembers, anything else is
 * applied by the server.
 */
export const previewOwn = async (
  objects: Objects,
  given: KubeObject,
  { live, fieldManager }: { live: KubeObject | undefined; fieldManager: string },
): Promise<KubeObject> => {
  const before = live === undefined ? undefined : rememberedBy(live);
  if (before === undefined) return objects.dryRun({ as: "apply", object: given, fieldManager });
  const patch = mergePatchBetween(before, given);
  return objects.dryRun({ as: "merge", ref: refOf(given), patch, fieldManager });
};

const rememberedBy = ({ metadata }: KubeObject): unknown => {
  const text = metadata.annotations?.[lastApplied];
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    return undefined;
  }
};

/** Everything of `next`, and null for what `before` had besides (RFC 7396). */
export const mergePatchBetween = (before: unknown, next: unknown): unknown => {
  if (!isRecord(before) || !isRecord(next)) return next;
  const gone = Object.keys(before).filter((name) => !(name in next));
  return {
    ...Object.fromEntries(
      Object.entries(next).map(([name, value]) => [name, mergePatchBetween(before[name], value)]),
    ),
    ...Object.fromEntries(gone.map((name) => [name, null])),
  };
};

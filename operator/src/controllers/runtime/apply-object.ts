import { annotations, fieldManager, shortHash } from "../../api/names.ts";
import { refKey, refOf, type KubeObject } from "../../api/objects.ts";
import type { Cluster } from "../../cluster/port.ts";
import { changedFields } from "../../plan/describe-changes.ts";

/** Applies what a plan wants, and nothing when the cluster has it already: at rest nothing is written. */
export interface Applier {
  /** `current` is the object as observed. True when something was sent. */
  apply(wanted: KubeObject, current: KubeObject | undefined): Promise<boolean>;
}

/** What was sent, and what the cluster made of it: defaults and normalised values are its own. */
interface Sent {
  wanted: string;
  content: string;
  /** Where the object had this content; another version has to be looked at. */
  version: string | undefined;
}

const sentMax = 50_000;

export const createApplier = (cluster: Cluster): Applier => {
  const sent = new Map<string, Sent>();
  return {
    apply: async (wanted, current) => {
      const key = refKey(refOf(wanted));
      const mark = shortHash(withoutReplicas(wanted));
      const hash = `${mark} ${replicasOf(wanted) ?? ""}`;
      const stamped = stamp(wanted, mark);
      const last = sent.get(key);
      if (current !== undefined && isThere({ hash, mark, stamped, current, last })) return false;
      const applied = await cluster.apply(stamped, { fieldManager });
      if (sent.size >= sentMax) sent.clear();
      const version = applied.metadata.resourceVersion;
      sent.set(key, { wanted: hash, content: contentHash(applied), version });
      return true;
    },
  };
};

/**
 * The first replicas are applied with the Deployment, later ones by a manager of their own: that they
 * are left out from then on is nothing to apply.
 */
const withoutReplicas = (wanted: KubeObject): KubeObject =>
  replicasOf(wanted) !== undefined
    ? { ...wanted, spec: { ...(wanted.spec as object), replicas: undefined } }
    : wanted;

const replicasOf = ({ kind, spec }: KubeObject): number | undefined =>
  kind === "Deployment" ? (spec as { replicas?: number }).replicas : undefined;

/** The hash tells a later operator whether fields were asked for that no longer are. */
const stamp = (wanted: KubeObject, hash: string): KubeObject => ({
  ...wanted,
  metadata: {
    ...wanted.metadata,
    annotations: { ...wanted.metadata.annotations, [annotations.appliedHash]: hash },
  },
});

const isThere = (input: {
  hash: string;
  mark: string;
  stamped: KubeObject;
  current: KubeObject;
  last: Sent | undefined;
}): boolean => {
  const { hash, mark, stamped, current, last } = input;
  if (last?.wanted === hash && isUntouched(last, current)) return true;
  if (current.metadata.annotations?.[annotations.appliedHash] !== mark) return false;
  return changedFields(stamped, current).length === 0;
};

const isUntouched = (last: Sent, current: KubeObject): boolean => {
  const { resourceVersion } = current.metadata;
  if (last.version !== undefined && last.version === resourceVersion) return true;
  if (last.content !== contentHash(current)) return false;
  last.version = resourceVersion;
  return true;
};

/**
 * What people and controllers write into an object, without what the cluster adds. Where the cluster
 * counts the changes of the spec, the count stands for it.
 */
const contentHash = (object: KubeObject): string => {
  const { labels, annotations: notes, ownerReferences, uid, generation } = object.metadata;
  const content =
    generation === undefined
      ? { ...object, metadata: undefined, status: undefined }
      : { uid, generation };
  return shortHash({ content, labels, notes: withoutForeign(notes), ownerReferences });
};

/** Other controllers note things at our objects, such as the revision of a Deployment. */
const withoutForeign = (notes: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(notes).filter(([name]) => name.includes("rarityleads.io/")));

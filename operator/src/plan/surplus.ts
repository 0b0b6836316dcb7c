import { refKey, refOf, type KubeObject } from "../api/objects.ts";

/** Kinds other controllers make from ours; they go with their own owners. */
const never = ["Pod", "ReplicaSet", "EndpointSlice"];

/** Owned and no longer wanted. */
export const surplusOf = (
  owned: readonly KubeObject[],
  wanted: readonly KubeObject[],
): KubeObject[] => {
  const keys = new Set(wanted.map((object) => refKey(refOf(object))));
  return owned.filter((object) => !keys.has(refKey(refOf(object))) && !never.includes(object.kind));
};

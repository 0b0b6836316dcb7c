import { hash } from "node:crypto";
import { stableStringify } from "../../../api/names.ts";
import { refKey, refOf, type KubeObject } from "../../../api/objects.ts";

/** Objects with their field manager; beyond it the longest unused one is applied once more. */
const rememberedMax = 50_000;

/**
 * Remembers what was applied and what came of it, so that the same again on the same is not sent.
 * Kept by what the server made of it, not by comparing with what was sent: it fills in defaults and
 * spells quantities its own way. Held in memory only, so that no object carries a mark of ours.
 */
export interface AppliedMemo {
  isApplied(object: KubeObject, fieldManager: string, live: KubeObject): boolean;
  note(object: KubeObject, fieldManager: string, result: KubeObject): void;
}

export const createAppliedMemo = (): AppliedMemo => {
  const memory = new Map<string, { intent: string; outcome: string }>();
  const keyOf = (object: KubeObject, fieldManager: string): string =>
    `${fieldManager} ${refKey(refOf(object))}`;
  return {
    isApplied: (object, fieldManager, live) => {
      const key = keyOf(object, fieldManager);
      const entry = memory.get(key);
      if (entry === undefined) return false;
      memory.delete(key);
      memory.set(key, entry);
      return entry.intent === hashOf(object) && entry.outcome === outcomeOf(object, live);
    },
    note: (object, fieldManager, result) => {
      const key = keyOf(object, fieldManager);
      memory.delete(key);
      memory.set(key, { intent: hashOf(object), outcome: outcomeOf(object, result) });
      const oldest = memory.keys().next();
      if (memory.size > rememberedMax && oldest.done !== true) memory.delete(oldest.value);
    },
  };
};

const hashOf = (value: unknown): string => hash("sha256", stableStringify(value), "base64");

/** The live values of everything the intent names, in the object that it was applied to. */
const outcomeOf = (intent: KubeObject, live: KubeObject): string =>
  hashOf([live.metadata.uid, project(intent, live, true)]);

const project = (intent: unknown, live: unknown, isRoot = false): unknown => {
  if (Array.isArray(intent)) {
    if (!Array.isArray(live) || live.length !== intent.length) return live;
    return intent.map((item: unknown, index) => project(item, live[index]));
  }
  if (typeof intent !== "object" || intent === null) return live;
  if (typeof live !== "object" || live === null) return live;
  const values = live as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(intent)
      .filter(([name]) => !isRoot || name !== "status")
      .map(([name, value]) => [name, project(value, values[name])]),
  );
};

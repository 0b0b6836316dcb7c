import { digestOf } from "../../api/names.ts";
import type { ObjectRef } from "../../api/objects.ts";
import type { SourceDirectory } from "../../sources/account-sources.ts";
import type { Enqueue } from "../runtime/controller.ts";

/** Wakes accounts whose queue or state has changed since the last look. */
export interface SourceWatch {
  /** From now on, and whatever was read up to now is known. */
  follow(accountId: string, ref: ObjectRef): void;
  forget(accountId: string): void;
  /** The services of a namespace were read anew; of every namespace when it is undefined. */
  changed(namespace: string | undefined, enqueue: Enqueue): void;
}

export const createSourceWatch = (sources: SourceDirectory): SourceWatch => {
  const followed = new Map<string, { ref: ObjectRef; seen: string }>();
  const readingOf = (accountId: string, { namespace }: ObjectRef): string => {
    const of = sources.of(namespace);
    return digestOf(JSON.stringify([of.depthOf(accountId), of.runtimeOf(accountId)]));
  };
  return {
    follow: (accountId, ref) => followed.set(accountId, { ref, seen: readingOf(accountId, ref) }),
    forget: (accountId) => followed.delete(accountId),
    changed: (namespace, enqueue) => {
      for (const [accountId, entry] of followed) {
        if (namespace !== undefined && entry.ref.namespace !== namespace) continue;
        const reading = readingOf(accountId, entry.ref);
        if (reading === entry.seen) continue;
        entry.seen = reading;
        enqueue(entry.ref);
      }
    },
  };
};

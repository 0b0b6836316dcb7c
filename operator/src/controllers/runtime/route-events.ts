import { refKey, refOf, type KubeObject, type ObjectRef } from "../../api/objects.ts";
import type { WatchEvent } from "../../cluster/port.ts";
import { createChangeFilter, type ChangeFilter } from "./changes.ts";
import type { Controller, Watched } from "./controller.ts";

export interface Router {
  /** Every kind somebody looks at. */
  kinds: string[];
  onEvent(event: WatchEvent): void;
}

/** Leads each change to the objects it concerns. It only names keys: looking is the queue's work. */
export const createRouter = (
  controllers: readonly Controller[],
  to: { wake: (ref: ObjectRef, cause: KubeObject) => void; forget: (key: string) => void },
): Router => {
  const changes = createChangeFilter();
  const byKind = new Map(controllers.map((controller) => [controller.kind, controller]));

  const onOwn = (controller: Controller, { type, object }: WatchEvent): void => {
    const key = refKey(refOf(object));
    if (type === "DELETED") {
      changes.forget(key);
      to.forget(key);
      controller.forget?.(object);
    } else if (changes.isNews(key, object)) {
      to.wake(refOf(object), object);
    }
  };

  const watches = controllers.flatMap((controller) => (controller.watches ?? []).map(withFilter));

  const onWatched = (event: WatchEvent): void => {
    const key = refKey(refOf(event.object));
    for (const { watched, filter } of watches) {
      if (watched.kind !== event.object.kind) continue;
      const refs = watched.concerns(event);
      // Nothing is kept of objects that concern nobody.
      if (refs.length === 0) continue;
      if (!isNews(key, event, filter)) continue;
      if (event.isOwn === true && watched.ignoresOwn === true) continue;
      for (const ref of refs) to.wake(ref, event.object);
    }
  };

  return {
    kinds: [
      ...new Set(
        controllers.flatMap(({ kind, watches = [] }) => [kind, ...watches.map((w) => w.kind)]),
      ),
    ],
    onEvent: (event) => {
      const own = byKind.get(event.object.kind);
      if (own !== undefined) onOwn(own, event);
      onWatched(event);
    },
  };
};

const isNews = (key: string, { type, object }: WatchEvent, filter?: ChangeFilter): boolean => {
  if (type !== "DELETED") return filter?.isNews(key, object) ?? true;
  filter?.forget(key);
  return true;
};

const withFilter = (watched: Watched): { watched: Watched; filter: ChangeFilter | undefined } => ({
  watched,
  filter: watched.matter === undefined ? undefined : createChangeFilter(watched.matter),
});

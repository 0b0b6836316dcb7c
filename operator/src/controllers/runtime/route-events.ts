import { refKey, refOf, type KubeObject, type ObjectRef } from "../../api/objects.ts";
import type { WatchEvent } from "../../cluster/port.ts";
import { createChangeFilter } from "./changes.ts";
import type { Controller } from "./controller.ts";

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

  return {
    kinds: [
      ...new Set(
        controllers.flatMap(({ kind, watches = [] }) => [kind, ...watches.map((w) => w.kind)]),
      ),
    ],
    onEvent: (event) => {
      const own = byKind.get(event.object.kind);
      if (own !== undefined) onOwn(own, event);
      for (const { watches = [] } of controllers) {
        for (const { kind, concerns } of watches) {
          if (kind !== event.object.kind) continue;
          for (const ref of concerns(event)) to.wake(ref, event.object);
        }
      }
    },
  };
};

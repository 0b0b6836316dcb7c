import { AppError } from "@rarity/platform/errors";
import { handle, type Registration } from "@rarity/platform/http";
import {
  addFaultRoute,
  clearFaultsRoute,
  faultKindsRoute,
  listFaultsRoute,
  removeFaultRoute,
  type FaultKindView,
} from "../../api/faults.ts";
import { faultKind, faultKindNames } from "../../api/fault-kinds.ts";
import { applyNow, isImmediate } from "../../faults/apply-now.ts";
import type { World } from "../../world.ts";
import { answer } from "../answer.ts";

const kinds: FaultKindView[] = faultKindNames.map((kind) => {
  const { title, about, immediate, uses, codes = [] } = faultKind(kind);
  return { kind, title, about, immediate, uses: [...uses], codes: [...codes] };
});

export const faultRoutes = (world: World): Registration[] => [
  handle(addFaultRoute, ({ body, reply }) =>
    answer(() => {
      if (!isImmediate(body)) return world.faults.add(body);
      void reply.code(200);
      return { applied: applyNow(world, body) };
    }),
  ),
  handle(faultKindsRoute, () => Promise.resolve({ data: kinds })),
  handle(listFaultsRoute, () => answer(() => ({ data: world.faults.list() }))),
  handle(clearFaultsRoute, () => answer(() => world.faults.clear())),
  handle(removeFaultRoute, ({ params }) =>
    answer(() => {
      if (!world.faults.remove(params.id)) throw new AppError("NOT_FOUND", "no such fault");
    }),
  ),
];

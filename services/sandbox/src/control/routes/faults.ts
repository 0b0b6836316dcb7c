import { AppError } from "@rarity/platform/errors";
import { handle, type Registration } from "@rarity/platform/http";
import {
  addFaultRoute,
  clearFaultsRoute,
  listFaultsRoute,
  removeFaultRoute,
} from "../../api/faults.ts";
import { applyNow, isImmediate } from "../../faults/apply-now.ts";
import type { World } from "../../world.ts";
import { answer } from "../answer.ts";

export const faultRoutes = (world: World): Registration[] => [
  handle(addFaultRoute, ({ body, reply }) =>
    answer(() => {
      if (!isImmediate(body)) return world.faults.add(body);
      void reply.code(200);
      return { applied: applyNow(world, body) };
    }),
  ),
  handle(listFaultsRoute, () => answer(() => ({ data: world.faults.list() }))),
  handle(clearFaultsRoute, () => answer(() => world.faults.clear())),
  handle(removeFaultRoute, ({ params }) =>
    answer(() => {
      if (!world.faults.remove(params.id)) throw new AppError("NOT_FOUND", "no such fault");
    }),
  ),
];

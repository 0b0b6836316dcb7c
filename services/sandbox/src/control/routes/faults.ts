import { AppError } from "@rarity/platform/errors";
import { z } from "zod";
import { applyNow, isImmediate } from "../../faults/apply-now.ts";
import { faultInput } from "../../faults/fault-kinds.ts";
import { controlRoute } from "../route.ts";

export const faultRoutes = [
  controlRoute({
    method: "POST",
    path: "/api/faults",
    summary: "Let something go wrong, now or at the next matching event",
    status: 201,
    body: faultInput,
    handler: ({ world, body, reply }) => {
      if (!isImmediate(body)) return world.faults.add(body);
      reply.code(200);
      return { applied: applyNow(world, body) };
    },
  }),
  controlRoute({
    method: "GET",
    path: "/api/faults",
    summary: "Faults that still wait",
    handler: ({ world }) => ({ data: world.faults.list() }),
  }),
  controlRoute({
    method: "DELETE",
    path: "/api/faults",
    summary: "Take all faults back",
    status: 204,
    handler: ({ world }) => world.faults.clear(),
  }),
  controlRoute({
    method: "DELETE",
    path: "/api/faults/:id",
    summary: "Take one fault back",
    status: 204,
    params: z.strictObject({ id: z.uuid() }),
    handler: ({ world, params }) => {
      if (!world.faults.remove(params.id)) throw new AppError("NOT_FOUND", "no such fault");
    },
  }),
];

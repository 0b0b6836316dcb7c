import { handle, type Registration } from "@rarity/platform/http";
import {
  infoRoute,
  peersRoute,
  resetRoute,
  unknownQueriesRoute,
  type Info,
} from "../../api/system.ts";
import { resetWorld } from "../../reset-world.ts";
import type { World } from "../../world.ts";
import { answer } from "../answer.ts";

export const systemRoutes = (world: World, info: Info): Registration[] => [
  handle(infoRoute, () => Promise.resolve(info)),
  handle(peersRoute, () => answer(() => ({ data: world.peers.list() }))),
  handle(unknownQueriesRoute, () => answer(() => ({ data: world.unknownIqs }))),
  handle(resetRoute, () => answer(() => resetWorld(world))),
];

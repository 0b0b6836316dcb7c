import type { ControlRoute } from "../route.ts";
import { chatRoutes } from "./chats.ts";
import { faultRoutes } from "./faults.ts";
import { ledgerRoutes } from "./ledger.ts";
import { pairingRoutes } from "./pairing.ts";
import { phoneRoutes } from "./phones.ts";
import { systemRoutes } from "./system.ts";

export const controlRoutes: ControlRoute[] = [
  ...systemRoutes,
  ...phoneRoutes,
  ...pairingRoutes,
  ...chatRoutes,
  ...faultRoutes,
  ...ledgerRoutes,
];

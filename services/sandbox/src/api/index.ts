import { buildOpenApi } from "@rarity/contracts/openapi";
import type { RouteDefinition } from "@rarity/contracts/route";
import * as chats from "./chats.ts";
import * as events from "./events.ts";
import * as faults from "./faults.ts";
import * as ledger from "./ledger.ts";
import * as pairing from "./pairing.ts";
import * as phones from "./phones.ts";
import * as system from "./system.ts";

/** Every operation of the control API, in the order of its description. */
export const controlRoutes: readonly RouteDefinition[] = [
  system.infoRoute,
  system.peersRoute,
  system.unknownQueriesRoute,
  system.resetRoute,
  phones.listPhonesRoute,
  phones.createPhoneRoute,
  phones.getPhoneRoute,
  phones.changePhoneRoute,
  phones.removePhoneRoute,
  pairing.scanQrRoute,
  pairing.enterCodeRoute,
  pairing.unlinkRoute,
  chats.sendRoute,
  chats.readRoute,
  chats.listChatsRoute,
  chats.listMessagesRoute,
  chats.getMediaRoute,
  faults.addFaultRoute,
  faults.faultKindsRoute,
  faults.listFaultsRoute,
  faults.clearFaultsRoute,
  faults.removeFaultRoute,
  ledger.ledgerRoute,
  ledger.submissionsRoute,
  events.eventsRoute,
  events.eventStreamRoute,
];

/** The OpenAPI 3.1 description, as it is served and as it lies in services/sandbox/openapi.json. */
export const describeControlApi = (): Record<string, unknown> =>
  buildOpenApi(controlRoutes, {
    title: "WhatsApp sandbox: control API",
    version: "0.1.0",
    description: [
      "Phones of a sandbox that speaks WhatsApp's wire protocol: made, paired, written on and broken",
      "from here. For tests and development on a trusted network: nobody is asked who he is. Errors are",
      "`{ error: { code, message, details, requestId, retryable } }`, or RFC 9457 when `Accept` asks for",
      "`application/problem+json`. Unknown fields are refused.",
    ].join(" "),
  });

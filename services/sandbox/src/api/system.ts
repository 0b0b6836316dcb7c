import { defineRoute } from "@rarity/contracts/route";
import { z } from "zod";

export const Info = z.strictObject({
  wireUrl: z.url().describe("WebSocket address for clients (waWebSocketUrl of Baileys)"),
  rootKeyHex: z
    .string()
    .describe("Root public key of the Noise certificate chain: 32 bytes in hex, to be pinned"),
  mediaCaPem: z.string().describe("Certificate of the authority of the media host, to be trusted"),
  mediaHost: z.string().describe("host:port clients upload media to and download it from, https"),
});
export type Info = z.infer<typeof Info>;

const Peer = z.strictObject({
  server: z.enum(["wire", "media"]).describe("Where it connected to"),
  address: z.string().describe("The address it came from: of a proxy, when it uses one"),
  connections: z.int().describe("How often"),
});

const UnknownQuery = z.string().describe("type, namespace and child of a query nobody here knows");

const shared = { tag: "sandbox", auth: "none" } as const;

export const infoRoute = defineRoute({
  ...shared,
  method: "GET",
  path: "/api/info",
  operationId: "getInfo",
  summary: "What a client needs to connect and to trust this sandbox; kept over restarts",
  response: { status: 200, schema: Info },
  errors: [],
});

export const peersRoute = defineRoute({
  ...shared,
  method: "GET",
  path: "/api/peers",
  operationId: "listPeers",
  summary: "The addresses clients of the wire and of the media host came from, with counts",
  response: {
    status: 200,
    schema: z.strictObject({ data: z.array(Peer).describe("In order of their first connection") }),
  },
  errors: [],
});

export const unknownQueriesRoute = defineRoute({
  ...shared,
  method: "GET",
  path: "/api/unknown-queries",
  operationId: "listUnknownQueries",
  summary: "Queries of clients the sandbox does not know (answered 501): what it still lacks",
  response: {
    status: 200,
    schema: z.strictObject({ data: z.array(UnknownQuery).describe("The first 100") }),
  },
  errors: [],
});

export const resetRoute = defineRoute({
  ...shared,
  method: "POST",
  path: "/api/reset",
  operationId: "reset",
  summary: "Forget every phone, chat, file, fault, event and ledger row; the keys stay",
  response: { status: 204 },
  errors: [],
});

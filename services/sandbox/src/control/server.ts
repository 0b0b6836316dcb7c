import { defineRoute } from "@rarity/contracts/route";
import { createHttpServer, handle, type Registration } from "@rarity/platform/http";
import { messageLimits } from "../api/fields.ts";
import { describeControlApi } from "../api/index.ts";
import type { Info } from "../api/system.ts";
import type { World } from "../world.ts";
import { createEventStreams } from "./event-streams.ts";
import { createSandboxMetrics } from "./metrics.ts";
import { pageRoutes } from "./page.ts";
import { chatRoutes } from "./routes/chats.ts";
import { evidenceRoutes } from "./routes/evidence.ts";
import { faultRoutes } from "./routes/faults.ts";
import { pairingRoutes } from "./routes/pairing.ts";
import { phoneRoutes } from "./routes/phones.ts";
import { systemRoutes } from "./routes/system.ts";

const descriptionRoute = defineRoute({
  method: "GET",
  path: "/api/openapi.json",
  operationId: "getDescription",
  summary: "This description",
  tag: "sandbox",
  auth: "none",
  response: { status: 200 },
  errors: [],
});

/** The HTTP control API, its description and the page for people. */
export async function startControl(
  world: World,
  info: Info,
  listen: { host: string; port: number },
): Promise<{ port: number; close(): Promise<void> }> {
  const description = describeControlApi();
  const streams = createEventStreams(world);
  const routes: Registration[] = [
    ...systemRoutes(world, info),
    ...phoneRoutes(world),
    ...pairingRoutes(world),
    ...chatRoutes(world),
    ...faultRoutes(world),
    ...evidenceRoutes(world, streams),
    handle(descriptionRoute, () => Promise.resolve(description)),
    ...pageRoutes(),
  ];
  const server = await createHttpServer({
    ...listen,
    routes,
    logger: world.logger,
    metrics: createSandboxMetrics(world),
    bodyMaxBytes: messageLimits.bodyBytesMax,
    // The wire and the media host listen before this does.
    ready: () => true,
  });
  return {
    port: server.port,
    close: async () => {
      streams.closeAll();
      server.app.server.closeIdleConnections();
      await server.close();
    },
  };
}

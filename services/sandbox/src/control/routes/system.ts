import { resetWorld } from "../../reset-world.ts";
import { controlRoute } from "../route.ts";
import { renderMetrics } from "../metrics.ts";

export const systemRoutes = [
  controlRoute({
    method: "GET",
    path: "/api/info",
    summary: "What a client needs to connect and to trust this sandbox",
    handler: ({ info }) => info,
  }),
  controlRoute({
    method: "GET",
    path: "/api/peers",
    summary: "The addresses clients of the wire and of the media host came from, with counts",
    handler: ({ world }) => ({ data: world.peers.list() }),
  }),
  controlRoute({
    method: "POST",
    path: "/api/reset",
    summary: "Forget every phone, chat, file, fault and ledger row; the keys stay",
    status: 204,
    handler: ({ world }) => resetWorld(world),
  }),
  controlRoute({
    method: "GET",
    path: "/livez",
    summary: "The process answers",
    handler: () => ({ status: "ok" }),
  }),
  controlRoute({
    method: "GET",
    path: "/readyz",
    summary: "The wire and the media host are open",
    handler: () => ({ status: "ok" }),
  }),
  controlRoute({
    method: "GET",
    path: "/metrics",
    summary: "Counts in the Prometheus text format",
    handler: ({ world, reply }) => {
      reply.header("content-type", "text/plain; version=0.0.4; charset=utf-8");
      return renderMetrics(world);
    },
  }),
];

export { createHttpServer, type HttpServer, type HttpServerOptions } from "./server.ts";
export { refuseUnstorable } from "./refuse-unstorable.ts";
export { handle, type Handler, type Registration, type RouteRequest } from "./handle.ts";

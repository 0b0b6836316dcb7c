import type { ServerResponse } from "node:http";

export const sendJson = (response: ServerResponse, code: number, body: unknown): void => {
  response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
};

import { request } from "node:http";
import { createServer } from "node:net";

/** One GET on loopback; true for a 2xx or 3xx within the time. No connection is kept open. */
export const probeHttp = async (port: number, path: string, timeoutMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const call = request({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      resolve(status >= 200 && status < 400);
    });
    const timer = setTimeout(() => call.destroy(), timeoutMs);
    call.once("close", () => {
      clearTimeout(timer);
      resolve(false);
    });
    call.once("error", () => resolve(false));
    call.end();
  });

/** A port nobody listens on now. Another process may take it before use; the restart picks anew. */
export const findFreePort = async (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });

import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { freePort } from "@rarity/platform/ports";

export interface CutProxy {
  readonly port: number;
  /** Where connections lead from now on. */
  to(url: string): Promise<void>;
  /** Ends every connection and takes no new one. */
  cut(): void;
  restore(): Promise<void>;
  close(): void;
}

/** A way to a server on loopback that a test can take away and give back. */
export async function startCutProxy(): Promise<CutProxy> {
  const open = new Set<Socket>();
  let target = { host: "127.0.0.1", port: 0 };
  const keep = (socket: Socket): void => {
    open.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => open.delete(socket));
  };
  const server = createServer((inbound) => {
    const outbound = connect(target);
    keep(inbound);
    keep(outbound);
    inbound.once("close", () => outbound.destroy());
    outbound.once("close", () => inbound.destroy());
    inbound.pipe(outbound).pipe(inbound);
  });
  const port = await freePort();
  const listen = async (): Promise<void> => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  await listen();
  const cut = (): void => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return {
    port,
    to: (url) => {
      const { hostname, port: to } = new URL(url);
      target = { host: hostname, port: Number(to) };
      return Promise.resolve();
    },
    cut,
    restore: listen,
    close: cut,
  };
}

import { fork, type ChildProcess } from "node:child_process";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";

export type Address = { host: string; port: number };

/** Sent with an open socket: take its connections to one of these. */
export type RelayRequest = { id: number; targets: readonly Address[] };

/** TCP from this machine's loopback into the cluster's network; nothing of either is changed for it. */
export type Relays = {
  /** A port of this machine's loopback that leads to the first target there that answers. */
  toCluster: (targets: readonly Address[], wantedPort?: number) => Promise<number>;
  close: () => void;
};

const startRelay = (enterNetwork: readonly string[]): ChildProcess => {
  const [execPath, ...execArgv] = [...enterNetwork, process.execPath];
  return fork(join(import.meta.dirname, "relay-main.ts"), {
    execPath,
    execArgv,
    // Ctrl-C reaches the owner alone, and nobody waits for its output.
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
};

/** Hands sockets over; resolves when the relay has taken one. */
const sender = (
  child: ChildProcess,
): ((targets: readonly Address[], server: Server) => Promise<undefined>) => {
  let sent = 0;
  const open = new Map<number, PromiseWithResolvers<undefined>>();
  child.on("message", (id: number) => {
    open.get(id)?.resolve(undefined);
    open.delete(id);
  });
  const fail = (): void => {
    for (const each of open.values()) each.reject(new Error("the relay has ended"));
    open.clear();
  };
  child.once("exit", fail);
  child.once("error", fail);
  return (targets, server) => {
    sent += 1;
    const taken = Promise.withResolvers<undefined>();
    open.set(sent, taken);
    child.send({ id: sent, targets } satisfies RelayRequest, server);
    return taken.promise;
  };
};

const listenHere = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });

/** Relays into the network that `enterNetwork` enters. Their owner closes them. */
export const startRelays = (enterNetwork: readonly string[]): Relays => {
  const child = startRelay(enterNetwork);
  const send = sender(child);
  return {
    toCluster: async (targets, wantedPort = 0) => {
      const server = await listenHere(wantedPort);
      const { port } = server.address() as AddressInfo;
      await send(targets, server).finally(() => server.close());
      return port;
    },
    close: () => {
      if (child.connected) child.disconnect();
    },
  };
};

// Started by relays.ts in one network: connects there for sockets that were opened in another one. A
// socket belongs to the network it was made in for ever, whoever holds it. Ends with its parent.
import { connect, type Server, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Address, RelayRequest } from "./relays.ts";

/** A node that is gone answers nothing, not even a refusal. */
const connectTimeoutMs = 1_000;
const retryEveryMs = 50;
const giveUpAfterMs = 5_000;

const tryOne = (target: Address): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ ...target, noDelay: true });
    socket.setTimeout(connectTimeoutMs, () => socket.destroy(new Error("no answer")));
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.setTimeout(0);
      socket.off("error", reject);
      resolve(socket);
    });
  });

/** The first target that answers, beginning with another one each time, as a load balancer does. */
const connectToOne = async (targets: readonly Address[], first: number): Promise<Socket> => {
  const deadline = performance.now() + giveUpAfterMs;
  for (let attempt = first; ; attempt += 1) {
    const target = targets[attempt % targets.length];
    if (target === undefined) throw new Error("no target");
    try {
      return await tryOne(target);
    } catch (error) {
      if (performance.now() > deadline) throw error;
      if ((attempt - first) % targets.length === targets.length - 1) await delay(retryEveryMs);
    }
  }
};

const join = (one: Socket, other: Socket): void => {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", (hadError) => hadError && to.destroy());
  }
};

const serve = (server: Server, targets: readonly Address[]): void => {
  let served = 0;
  server.on("connection", (socket: Socket) => {
    socket.on("error", () => undefined);
    socket.setNoDelay(true);
    connectToOne(targets, served).then(
      (target) => join(socket, target),
      () => socket.resetAndDestroy(),
    );
    served += 1;
  });
};

process.on("message", ({ id, targets }: RelayRequest, server: Server) => {
  serve(server, targets);
  process.send?.(id);
});
process.on("disconnect", () => process.exit(0));

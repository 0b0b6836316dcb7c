import type { Cluster } from "../cluster/port.ts";

export interface KilledCluster {
  cluster: Cluster;
  /** Resolves when the operator has died. */
  died: Promise<string>;
  writes: () => number;
}

/**
 * A cluster whose operator dies right after its n-th write has arrived: no answer comes back, and
 * nothing is read or written by it any more. Writes arrive one after the other, or some that were on
 * their way would land after the death. `onDeath` may end the process.
 */
export const killAfter = (
  cluster: Cluster,
  writesMax: number,
  onDeath: (write: string) => void = () => undefined,
): KilledCluster => {
  const { promise: died, resolve } = Promise.withResolvers<string>();
  let writes = 0;
  let isDead = false;
  let queue: Promise<unknown> = Promise.resolve();

  const alive = async <T>(run: () => Promise<T>): Promise<T> => {
    if (isDead) throw new Error("this operator is dead");
    return run();
  };
  const inTurn = async <T>(run: () => Promise<T>): Promise<T> => {
    const turn = queue.then(run);
    queue = turn.catch(() => undefined);
    return turn;
  };
  const writeOne = async <T>(name: string, run: () => Promise<T>): Promise<T> =>
    alive(async () => {
      const result = await run();
      writes += 1;
      if (writes < writesMax) return result;
      isDead = true;
      onDeath(name);
      resolve(name);
      throw new Error(`killed after ${name}`);
    });
  const write = async <T>(name: string, run: () => Promise<T>): Promise<T> =>
    inTurn(async () => writeOne(name, run));

  return {
    died,
    writes: () => writes,
    cluster: {
      get: async (ref) => alive(async () => cluster.get(ref)),
      list: async (kind, options) => alive(async () => cluster.list(kind, options)),
      serves: async (kinds) => alive(async () => cluster.serves(kinds)),
      watch: (kinds, onEvent) =>
        cluster.watch(kinds, (event) => {
          if (!isDead) onEvent(event);
        }),
      apply: async (object, options) =>
        write(`apply ${object.kind}`, async () => cluster.apply(object, options)),
      writeStatus: async (ref, status, version) =>
        write(`status ${ref.kind}`, async () => cluster.writeStatus(ref, status, version)),
      setFinalizer: async (ref, finalizer, present) =>
        write(`${present ? "add" : "remove"} finalizer ${ref.kind}`, async () =>
          cluster.setFinalizer(ref, finalizer, present),
        ),
      delete: async (ref, options) =>
        write(`delete ${ref.kind}`, async () => cluster.delete(ref, options)),
    },
  };
};

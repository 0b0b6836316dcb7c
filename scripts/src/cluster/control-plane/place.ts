import { freePort } from "@rarity/platform/ports";

export type ControlPlanePorts = {
  etcd: number;
  peer: number;
  api: number;
  manager: number;
  scheduler: number;
};

/** Where the programs of a control plane run, and how this machine reaches them there. */
export type Place = {
  /** What stands before a program's command line, so that it runs there. Empty on the machine itself. */
  enter: readonly string[];
  /** The address under which its own programs reach the API server. */
  address: string;
  ports: ControlPlanePorts;
  /** The port of this machine's loopback that leads to a port of that address. */
  reach: (port: number) => Promise<number>;
};

/** The machine's own loopback, on ports of its own: several control planes side by side. */
export const loopbackPlace = async (): Promise<Place> => {
  const ports: ControlPlanePorts = {
    etcd: await freePort(),
    peer: await freePort(),
    api: await freePort(),
    manager: await freePort(),
    scheduler: await freePort(),
  };
  return {
    enter: [],
    address: "127.0.0.1",
    ports,
    reach: (port) => Promise.resolve(port),
  };
};

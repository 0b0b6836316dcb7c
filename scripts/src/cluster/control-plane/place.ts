import { freePorts } from "./ports.ts";

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

/** The machine's own loopback, on ports that were free a moment ago: several control planes side by side. */
export const loopbackPlace = async (): Promise<Place> => {
  const [etcd = 0, peer = 0, api = 0, manager = 0, scheduler = 0] = await freePorts(5);
  return {
    enter: [],
    address: "127.0.0.1",
    ports: { etcd, peer, api, manager, scheduler },
    reach: (port) => Promise.resolve(port),
  };
};

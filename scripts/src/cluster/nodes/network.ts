/** Addresses inside the cluster's own network; nobody else is in it, so they are the same for every cluster. */
export const network = {
  /** On the bridge between the nodes. */
  controlPlane: "10.90.0.1",
  pods: "10.88.0.0/16",
  dns: "10.96.0.10",
} as const;

export type NodeAddresses = { name: string; address: string; pods: string };

/** Nodes are counted from 1. */
export const nodeAddresses = (number: number): NodeAddresses => ({
  name: `node${number}`,
  address: `10.90.0.${10 + number}`,
  pods: `10.88.${number}.0/24`,
});

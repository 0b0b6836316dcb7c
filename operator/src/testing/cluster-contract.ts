import { afterAll, beforeAll, describe } from "vitest";
import {
  createKit,
  type ContractKit,
  type ContractWorld,
} from "./cluster-contract/contract-kit.ts";
import { deletions } from "./cluster-contract/deletions.ts";
import { fieldManagers } from "./cluster-contract/field-managers.ts";
import { readsAndWrites } from "./cluster-contract/reads-and-writes.ts";
import { refusals } from "./cluster-contract/refusals.ts";
import { statusAndFinalizers } from "./cluster-contract/status-and-finalizers.ts";
import { watches } from "./cluster-contract/watches.ts";

/** What every adapter of the Cluster port keeps; run on each of them, so that they stay one thing. */
export const describeClusterContract = (
  adapter: string,
  open: () => Promise<ContractWorld>,
): void => {
  describe(`the cluster port on ${adapter}`, () => {
    let world: ContractWorld;
    beforeAll(async () => {
      world = await open();
    });
    afterAll(async () => world.close());
    const kit = (): ContractKit => createKit(world);
    readsAndWrites(kit);
    fieldManagers(kit);
    refusals(kit);
    statusAndFinalizers(kit);
    deletions(kit);
    watches(kit);
  });
};

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { allAccountKinds } from "../api/account-kinds.ts";
import { isOwnedBy, type Condition, type KubeObject } from "../api/objects.ts";
import type { CustomResourceDefinition } from "../cluster/local/schema/crd-schema.ts";
import {
  smallPlatform,
  startClusterOperator,
  type ClusterOperator,
} from "../testing/cluster-operator.ts";
import { openClusterWorld, type ClusterWorld } from "../testing/cluster-world.ts";
import { crdFolder } from "../testing/fixtures.ts";
import { sampleAccount } from "../testing/sample-accounts.ts";
import { specChanges, type FieldSchema } from "../testing/spec-changes.ts";
import { waitFor } from "../testing/wait-for.ts";
import { childKinds } from "./account/observe.ts";
import { platformChildKinds } from "./platform/observe.ts";

// A bad spec, whichever it is, leaves nothing behind: taking it back brings back what was there.

let world: ClusterWorld;
let operator: ClusterOperator;
const startOperator = async (): Promise<void> => {
  operator = await startClusterOperator({ cluster: world.openCluster(), platform: world.platform });
};
beforeAll(async () => {
  world = await openClusterWorld("revert");
  await startOperator();
});
afterAll(async () => {
  await operator.stop();
  await world.close();
});

const specSchemaOf = (kind: string): FieldSchema => {
  const crd = readdirSync(crdFolder)
    .filter((name) => name.endsWith(".yaml"))
    .map(
      (name) => parse(readFileSync(path.join(crdFolder, name), "utf8")) as CustomResourceDefinition,
    )
    .find(({ spec }) => spec.names.kind === kind);
  const spec = crd?.spec.versions[0]?.schema.openAPIV3Schema.properties?.["spec"];
  if (spec === undefined) throw new Error(`no schema of ${kind}`);
  return spec;
};

const readyOf = ({ status }: KubeObject): Condition | undefined =>
  ((status ?? {}) as { conditions?: Condition[] }).conditions?.find(({ type }) => type === "Ready");

/** What an owner's children say, but for what the server and other controllers write into them. */
const childrenOf = async (
  kinds: readonly string[],
  owner: KubeObject,
): Promise<Record<string, unknown>> => {
  const served = [...(await world.user.serves(kinds))];
  const lists = await Promise.all(
    served.map(async (kind) => world.user.list(kind, { namespace: world.namespace })),
  );
  return Object.fromEntries(
    lists
      .flat()
      .filter((object) => isOwnedBy(object, owner.metadata.uid))
      // A Job is made for a version and kept as a record of it.
      .filter(({ kind }) => kind !== "Job")
      .map((child) => [`${child.kind}/${child.metadata.name}`, contentOf(child)]),
  );
};

const contentOf = (child: KubeObject): unknown => {
  const { spec, data, rules, subjects } = child as KubeObject & Record<string, unknown>;
  // A Service that was gone for a while has another address.
  const kept = { ...(spec as object), clusterIP: undefined, clusterIPs: undefined };
  return { spec: kept, data, rules, subjects };
};

/** Applies every change the schema allows, and takes each back again. */
const revertEach = async (good: KubeObject, kinds: readonly string[]): Promise<string[]> => {
  const ref = { kind: good.kind, namespace: world.namespace, name: good.metadata.name };
  const seen = async (wanted?: string): Promise<KubeObject> =>
    waitFor(
      async () => {
        const object = await world.user.get(ref);
        const ready = object && readyOf(object);
        if (ready?.observedGeneration === object?.metadata.generation) {
          if (wanted === undefined || ready?.status === wanted) return object;
        }
        throw new Error(JSON.stringify(object?.status));
      },
      { timeoutMs: 60_000, intervalMs: 25 },
    );
  await world.apply(good);
  const before = await childrenOf(kinds, await seen("True"));
  const done: string[] = [];
  for (const change of specChanges(specSchemaOf(good.kind), good.spec as Record<string, unknown>)) {
    const refused = await world.apply({ ...good, spec: change.spec }).then(
      () => false,
      () => true,
    );
    if (refused) continue;
    await seen();
    await world.apply(good);
    const owner = await seen("True").catch((cause: unknown) => {
      throw new Error(`not Ready again after ${change.what}`, { cause });
    });
    await waitFor(async () => {
      expect(await childrenOf(kinds, owner), change.what).toEqual(before);
      return true;
    });
    done.push(change.what);
    // So many rollouts within seconds are what the breaker of an object is for; a new operator has a new one.
    await operator.stop();
    await startOperator();
  }
  return done;
};

it("a Platform is again what it was after each change of its spec", async () => {
  const done = await revertEach(smallPlatform(world.namespace), platformChildKinds);
  expect(done).toEqual(
    expect.arrayContaining([
      'version = "no-such-thing"',
      'database.secretName = "no-such-thing"',
      'reconcilePolicy = "DryRun"',
    ]),
  );
}, 600_000);

describe.each(allAccountKinds)("%s", (kind) => {
  it("is again what it was after each change of its spec", async () => {
    const name = `again-${kind.toLowerCase()}`;
    const good = sampleAccount(kind, { name, namespace: world.namespace });
    const done = await revertEach(good, childKinds);
    expect(done).toEqual(
      expect.arrayContaining(["paused = true", 'reconcilePolicy = "Observe"', "replicas = 0"]),
    );
  }, 600_000);
});

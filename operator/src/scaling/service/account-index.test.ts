import { expect, it } from "vitest";
import { accountIdOf } from "../../api/names.ts";
import { refOf } from "../../api/objects.ts";
import { createLocalCluster } from "../../cluster/local/local-cluster.ts";
import { createTestStore, testAccount } from "../../testing/fixtures.ts";
import { startAccountIndex } from "./account-index.ts";

const account = (name: string, namespace: string) => ({
  ...testAccount(),
  metadata: { name, namespace },
});

it("knows the accounts there are, follows changes and forgets what is gone", async () => {
  const cluster = createLocalCluster(createTestStore());
  const options = { fieldManager: "user" };
  const first = await cluster.apply(account("first", "leads"), options);
  const index = await startAccountIndex(cluster);
  await cluster.apply(account("second", "leads"), options);
  await cluster.apply(account("third", "elsewhere"), options);
  const names = (namespace: string, id?: string): string[] =>
    index.accountsIn(namespace, id).map((each) => each.account.metadata.name);
  expect(names("leads").sort()).toEqual(["first", "second"]);
  expect(names("leads", accountIdOf(testAccount({}, { metadata: first.metadata })))).toEqual([
    "first",
  ]);
  expect([...index.namespaces()].sort()).toEqual(["elsewhere", "leads"]);

  const changed = { ...account("second", "leads") };
  await cluster.apply({ ...changed, spec: { ...changed.spec, maxReplicas: 3 } }, options);
  const seen = index.accountsIn("leads").find((each) => each.account.metadata.name === "second");
  expect(seen?.account.spec.maxReplicas).toBe(3);

  await cluster.delete(refOf(first));
  expect(names("leads")).toEqual(["second"]);
  index.stop();
  await cluster.apply(account("fourth", "leads"), options);
  expect(names("leads")).toEqual(["second"]);
});

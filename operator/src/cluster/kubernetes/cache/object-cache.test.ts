import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../api/objects.ts";
import { labels } from "../../../api/names.ts";
import { createObjectCache } from "./object-cache.ts";
import { compareVersions } from "./resource-version.ts";

const pod = (name: string, version: number, parts: Partial<KubeObject["metadata"]> = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "a", uid: `uid-${name}`, resourceVersion: `${version}`, ...parts },
});

const open = () => {
  const told: string[] = [];
  const cache = createObjectCache(({ type, object }) =>
    told.push(`${type} ${object.metadata.name} ${object.metadata.resourceVersion ?? ""}`),
  );
  return { cache, told };
};
const ref = { namespace: "a", name: "x" };

it("compares versions beyond what a double holds", () => {
  expect(compareVersions("9007199254740993", "9007199254740992")).toBe(1);
  expect(compareVersions("10", "9")).toBe(1);
  expect(compareVersions(undefined, "1")).toBe(-1);
});

describe("the cache of a kind", () => {
  it("tells each version once, whether an own write or the watch brings it first", () => {
    const { cache, told } = open();
    for (const version of [1, 1, 3, 2, 3]) cache.put(pod("x", version));
    expect(told).toEqual(["ADDED x 1", "MODIFIED x 3"]);
    expect(cache.get(ref)?.metadata.resourceVersion).toBe("3");
  });

  it("does not bring back what was deleted here when older news arrives", () => {
    const { cache, told } = open();
    cache.put(pod("x", 1));
    cache.bury(ref, "uid-x");
    cache.put(pod("x", 2));
    expect(cache.get(ref)).toBeUndefined();
    cache.remove(pod("x", 3));
    expect(told).toEqual(["ADDED x 1", "DELETED x 1"]);
  });

  it("does not bring back what the watch said is gone when the answer to a write comes later", () => {
    const { cache, told } = open();
    cache.put(pod("x", 1));
    cache.remove(pod("x", 3));
    cache.put(pod("x", 2));
    cache.remove(pod("y", 5));
    cache.put(pod("y", 4));
    expect(told).toEqual(["ADDED x 1", "DELETED x 3"]);
  });

  it("keeps a new object of the name when news of the old one arrives", () => {
    const { cache } = open();
    cache.put(pod("x", 1));
    cache.bury(ref, "uid-x");
    cache.put(pod("x", 4, { uid: "second" }));
    cache.put(pod("x", 2));
    cache.remove(pod("x", 3));
    expect(cache.get(ref)?.metadata.uid).toBe("second");
  });

  it("tells of an end and a beginning when the object of a name is another one", () => {
    const { cache, told } = open();
    cache.put(pod("x", 1));
    cache.put(pod("x", 5, { uid: "second" }));
    expect(told).toEqual(["ADDED x 1", "DELETED x 1", "ADDED x 5"]);
  });

  it("drops at a new list what it lacks, but not what is newer than the list or out of its scope", () => {
    const { cache, told } = open();
    cache.put(pod("gone", 1));
    cache.put(pod("own-write", 9));
    cache.put(pod("elsewhere", 1, { namespace: "b" }));
    cache.put(pod("kept", 1));
    told.length = 0;
    cache.replace([pod("kept", 1), pod("new", 2)], "5", (namespace) => namespace === "a");
    expect(told).toEqual(["DELETED gone 1", "ADDED new 2"]);
    expect(cache.size()).toBe(4);
  });

  it("has every object as it was put, also long after others came", () => {
    const { cache } = open();
    const names = Array.from({ length: 200 }, (_, n) => `pod-${n}`);
    for (const name of names) cache.put(pod(name, 1, { labels: { of: name } }));
    for (const name of names) {
      expect(cache.get({ namespace: "a", name })).toEqual(pod(name, 1, { labels: { of: name } }));
    }
    expect(cache.list({ labelSelector: { of: "pod-3" } })).toHaveLength(1);
  });

  it("finds by owner, instance and namespace, also after they change", () => {
    const { cache } = open();
    const owner = { apiVersion: "v1", kind: "A", name: "a", uid: "owner" };
    cache.put(pod("x", 1, { ownerReferences: [owner], labels: { [labels.instance]: "sales" } }));
    cache.put(pod("y", 1, { labels: { [labels.instance]: "sales" }, namespace: "b" }));
    const names = (options: object) => cache.list(options).map(({ metadata }) => metadata.name);
    expect(names({ ownerUid: "owner" })).toEqual(["x"]);
    expect(names({ labelSelector: { [labels.instance]: "sales" } })).toEqual(["x", "y"]);
    expect(names({ labelSelector: { [labels.instance]: "sales" }, namespace: "b" })).toEqual(["y"]);
    cache.put(pod("x", 2));
    expect(names({ ownerUid: "owner" })).toEqual([]);
    expect(names({ labelSelector: { [labels.instance]: "sales" } })).toEqual(["y"]);
  });
});

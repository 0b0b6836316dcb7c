import { describe, expect, it } from "vitest";
import { loadCrds } from "../cluster/local/schema/load-crds.ts";
import { crdFolder } from "../testing/fixtures.ts";
import { accountKinds } from "./account-kinds.ts";
import { findKind } from "./resources.ts";

describe("accountKinds", () => {
  const crds = loadCrds(crdFolder);

  it.each(Object.keys(accountKinds))("%s has a CRD and a name in URLs", (kind) => {
    expect(crds.has(kind)).toBe(true);
    expect(findKind(kind)?.group).toBe("rarityleads.io");
  });

  it("gives every channel a port of its own", () => {
    const ports = Object.values(accountKinds).map(({ port }) => port);
    expect(new Set(ports).size).toBe(ports.length);
  });
});

import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import type { KubeObject } from "../api/objects.ts";
import type { Platform } from "../api/platform.ts";
import { loadCrds } from "../cluster/local/schema/load-crds.ts";
import type { Capabilities, PlatformContext } from "../desired/platform/context.ts";
import { crdFolder } from "./fixtures.ts";

export const noCapabilities: Capabilities = {
  httpRoute: false,
  podMonitor: false,
  prometheusRule: false,
  scaledObject: false,
};

/** A sample of crds/samples/valid as it looks after admission. */
export const admittedSample = (name: string): KubeObject => {
  const text = readFileSync(path.join(crdFolder, "samples/valid", `${name}.yaml`), "utf8");
  const object = parse(text) as KubeObject;
  loadCrds(crdFolder).get(object.kind)?.admit(object, undefined);
  object.metadata = {
    ...object.metadata,
    uid: "7e3f2ad0-6d0c-4c58-9a55-0d1c4bb6f001",
    generation: 1,
    creationTimestamp: "2026-11-24T08:00:00.000Z",
  };
  return object;
};

export const platformContext = (
  sample: "platform-minimal" | "platform-full",
  parts: { spec?: Partial<Platform["spec"]>; capabilities?: Partial<Capabilities> } = {},
): PlatformContext => {
  const platform = admittedSample(sample) as Platform;
  return {
    platform: { ...platform, spec: { ...platform.spec, ...parts.spec } },
    capabilities: { ...noCapabilities, ...parts.capabilities },
    operatorVersion: "0.1.0",
    operatorNamespace: "rarity-system",
    secretDigests: {},
  };
};

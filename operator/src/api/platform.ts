import type { PlatformSpec, PlatformStatus } from "./generated/platform.ts";
import type { KubeObject, ObjectMeta } from "./objects.ts";

export type { PlatformSpec, PlatformStatus };

export interface Platform extends KubeObject {
  kind: "Platform";
  metadata: ObjectMeta;
  spec: PlatformSpec;
  status?: PlatformStatus;
}

import type { KindCaches } from "../cache/kind-caches.ts";
import type { KubeClient } from "../client/kube-client.ts";
import type { WriteGuard } from "./guard.ts";

/** What every kind of write needs. */
export interface Writer {
  /** Its writes ask the guard. */
  client: KubeClient;
  caches: KindCaches;
  guard: WriteGuard;
}

import { selectorLabelsOf } from "../../api/platform-names.ts";
import type { KubeObject } from "../../api/objects.ts";
import type { Platform } from "../../api/platform.ts";
import type { Component } from "./components.ts";
import { settingsOf } from "./context.ts";
import { metadataOf } from "./service.ts";

/** One pod at a time may be evicted. With a single pod a budget would only block drains. */
export const buildDisruptionBudget = (
  platform: Platform,
  component: Component,
): KubeObject | undefined =>
  settingsOf(platform, component).replicas < 2
    ? undefined
    : {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: metadataOf(platform, component),
        spec: {
          maxUnavailable: 1,
          selector: { matchLabels: selectorLabelsOf(platform, component) },
        },
      };

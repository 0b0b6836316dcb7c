import { componentLabels, componentName, selectorLabelsOf } from "../../api/platform-names.ts";
import { controllerReference, type KubeObject, type ObjectMeta } from "../../api/objects.ts";
import type { Platform } from "../../api/platform.ts";
import { componentTable, sandboxPorts, type Component } from "./components.ts";

export const metadataOf = (
  platform: Platform,
  component: string,
  name = componentName(platform, component),
): ObjectMeta => ({
  name,
  namespace: platform.metadata.namespace,
  labels: componentLabels(platform, component),
  ownerReferences: [controllerReference(platform)],
});

/** The Service of one core service. */
export const buildService = (platform: Platform, component: Component): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: metadataOf(platform, component),
  spec: {
    type: "ClusterIP",
    selector: selectorLabelsOf(platform, component),
    ports: [
      { name: "http", port: componentTable[component].port, targetPort: "http" },
      ...(component === "sandbox"
        ? Object.entries(sandboxPorts).map(([name, port]) => ({ name, port, targetPort: name }))
        : []),
    ],
  },
});

/** An identity of its own for every component and channel; it may do nothing until a Role says so. */
export const buildServiceAccount = (platform: Platform, component: string): KubeObject => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: metadataOf(platform, component),
  automountServiceAccountToken: false,
});

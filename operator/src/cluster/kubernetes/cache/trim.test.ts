import { expect, it } from "vitest";
import type { KubeObject } from "../../../api/objects.ts";
import { resourceKinds } from "../../../api/resources.ts";
import { trim } from "./trim.ts";

const sent = (parts: Partial<KubeObject> = {}, notes: Record<string, string> = {}): KubeObject => ({
  apiVersion: "",
  kind: "",
  ...parts,
  metadata: {
    ...{ name: "a", namespace: "b", resourceVersion: "7" },
    annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", ...notes },
    managedFields: [{ manager: "kubectl", operation: "Apply", fieldsV1: {} }],
  },
});

it("keeps an object without what only the server and kubectl need", () => {
  const object = sent({ spec: { replicas: 1 } }, { note: "kept" });
  expect(trim(object, resourceKinds.Deployment)).toStrictEqual({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "a", namespace: "b", resourceVersion: "7", annotations: { note: "kept" } },
    spec: { replicas: 1 },
  });
});

it("keeps of a pod what it is like, not what it was made of", () => {
  const object = sent({ spec: { containers: [] }, status: { phase: "Running" } });
  expect(trim(object, resourceKinds.Pod)).toStrictEqual({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", namespace: "b", resourceVersion: "7" },
    status: { phase: "Running" },
  });
});

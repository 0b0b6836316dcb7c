import { isDeepStrictEqual } from "node:util";
import type { KubeObject, ObjectRef } from "../../../api/objects.ts";
import { fieldManager } from "../../../api/names.ts";
import { trim } from "../cache/trim.ts";
import { objectPath, resourceOf } from "../paths.ts";
import type { Writer } from "./writer.ts";

/** Replaces the status in one request. Not sent when it is so already. */
export const writeStatus = async (
  { client, caches, guard }: Writer,
  {
    ref,
    status,
    resourceVersion,
  }: { ref: ObjectRef; status: unknown; resourceVersion: string | undefined },
): Promise<KubeObject> => {
  guard.check();
  const resource = resourceOf(ref.kind);
  // As the server will have it: without what is undefined.
  const wanted = JSON.parse(JSON.stringify(status ?? {})) as unknown;
  const cached = caches.peek(ref.kind)?.get(ref);
  const isCurrent =
    resourceVersion === undefined || resourceVersion === cached?.metadata.resourceVersion;
  if (cached !== undefined && isCurrent && isDeepStrictEqual(cached.status, wanted)) {
    return cached;
  }
  const result = (await client.send({
    method: "PATCH",
    path: `${objectPath(resource, ref)}/status`,
    query: { fieldManager: `${fieldManager}-status`, fieldValidation: "Strict" },
    contentType: "application/json-patch+json",
    body: [
      ...(resourceVersion === undefined
        ? []
        : [{ op: "replace", path: "/metadata/resourceVersion", value: resourceVersion }]),
      // Replaces it when there is one.
      { op: "add", path: "/status", value: wanted },
    ],
  })) as KubeObject;
  const trimmed = trim(result, resource);
  caches.wrote(trimmed);
  return trimmed;
};

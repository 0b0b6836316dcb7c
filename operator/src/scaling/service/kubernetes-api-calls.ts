import { isClusterError, type ClusterErrorReason } from "../../cluster/errors.ts";
import type { KubeClient } from "../../cluster/kubernetes/client/kube-client.ts";
import { metricsFieldManager, type ApiCalls } from "../metrics-server/api-calls.ts";

/** The calls of the metrics server over the operator's own client. */
export const kubernetesApiCalls = (client: Pick<KubeClient, "send">): ApiCalls => ({
  // A path below which nothing is served is as absent as an object that is not there.
  read: (path) => unless(["NotFound", "NotServed"], client.send({ method: "GET", path })),
  create: (path, body) => unless(["AlreadyExists"], client.send({ method: "POST", path, body })),
  replace: (path, body) => unless(["Conflict"], client.send({ method: "PUT", path, body })),
  apply: (path, body) =>
    unless(
      ["Conflict"],
      client.send({
        method: "PATCH",
        path,
        query: { fieldManager: metricsFieldManager },
        body,
        contentType: "application/apply-patch+yaml",
      }),
    ),
  remove: async (path, body) => {
    const gone = unless(["NotFound"], client.send({ method: "DELETE", path, body }));
    return (
      (await unless(
        ["Conflict"],
        gone.then(() => true),
      )) ?? false
    );
  },
});

const unless = async <T>(
  reasons: readonly ClusterErrorReason[],
  answer: Promise<unknown>,
): Promise<T | undefined> => {
  try {
    return (await answer) as T;
  } catch (error) {
    if (reasons.some((reason) => isClusterError(error, reason))) return undefined;
    throw error;
  }
};

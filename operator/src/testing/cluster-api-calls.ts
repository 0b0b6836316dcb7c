import type { KubeClient } from "../../../scripts/src/cluster/client/kube-client.ts";
import { metricsFieldManager, type ApiCalls } from "../scaling/metrics-server/api-calls.ts";

/** The calls of the metrics server over the plain client of the cluster tests. */
export const apiCallsOf = ({ request }: Pick<KubeClient, "request">): ApiCalls => ({
  read: (path) => unless(404, request(path)),
  create: (path, body) => unless(409, request(path, { method: "POST", body })),
  replace: (path, body) => unless(409, request(path, { method: "PUT", body })),
  apply: (path, body) =>
    unless(
      409,
      request(`${path}?fieldManager=${metricsFieldManager}`, {
        method: "PATCH",
        body,
        contentType: "application/apply-patch+yaml",
      }),
    ),
  remove: async (path, body) => {
    const gone = unless(404, request(path, { method: "DELETE", body })).then(() => true);
    return (await unless(409, gone)) ?? false;
  },
});

const unless = async <T>(code: number, answer: Promise<unknown>): Promise<T | undefined> => {
  try {
    return (await answer) as T;
  } catch (error) {
    if ((error as { code?: unknown }).code === code) return undefined;
    throw error;
  }
};

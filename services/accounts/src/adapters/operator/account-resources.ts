import { AppError } from "@rarity/platform/errors";
import { z } from "zod";
import type { AccountResource, AccountResources } from "../../usecases/ports.ts";

const group = "rarityleads.io/v1alpha1";
const timeoutMs = 5_000;

const resource = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  spec: z.object({ orgId: z.string() }),
  status: z
    .object({
      accountId: z.string().optional(),
      desiredReplicas: z.number().optional(),
      readyReplicas: z.number().optional(),
    })
    .optional(),
});
const resourceList = z.object({ items: z.array(resource) });
const failure = z.object({ message: z.string() });

/** Account resources over the API that the operator and Kubernetes both serve. */
export const createAccountResources = (
  operatorUrl: string,
  namespace: string,
): AccountResources => {
  const base = `${operatorUrl.replace(/\/$/, "")}/apis/${group}`;
  const pathOf = (inNamespace: string, name: string): string =>
    `${base}/namespaces/${inNamespace}/whatsappaccounts/${name}`;

  return {
    list: async () => {
      const answer = await call(`${base}/whatsappaccounts`, { method: "GET" });
      return resourceList.parse(await answer.json()).items.flatMap(toResource);
    },
    create: async (name, spec) => {
      const object = {
        apiVersion: group,
        kind: "WhatsAppAccount",
        metadata: { name, namespace },
        spec,
      };
      const url = `${base}/namespaces/${namespace}/whatsappaccounts?fieldManager=accounts`;
      await send(url, { method: "POST", contentType: "application/json", body: object });
    },
    patchSpec: async (target, change) => {
      const contentType = "application/merge-patch+json";
      const url = pathOf(target.namespace, target.name);
      await send(url, { method: "PATCH", contentType, body: { spec: change } });
    },
    remove: async (target) => {
      await call(pathOf(target.namespace, target.name), { method: "DELETE" });
    },
  };
};

const toResource = ({ metadata, spec, status }: z.infer<typeof resource>): AccountResource[] =>
  status?.accountId === undefined
    ? []
    : [
        {
          name: metadata.name,
          namespace: metadata.namespace,
          accountId: status.accountId,
          orgId: spec.orgId.toLowerCase(),
          desiredReplicas: status.desiredReplicas ?? 0,
          readyReplicas: status.readyReplicas ?? 0,
        },
      ];

const send = async (
  url: string,
  request: { method: string; contentType: string; body: unknown },
): Promise<void> => {
  const answer = await call(url, {
    method: request.method,
    headers: { "content-type": request.contentType },
    body: JSON.stringify(request.body),
  });
  await answer.body?.cancel();
};

const call = async (url: string, init: RequestInit): Promise<Response> => {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) }).catch(
    (cause: unknown) => {
      throw new AppError("UNAVAILABLE", "The operator cannot be reached", {
        retryAfterS: 2,
        cause,
      });
    },
  );
  if (answer.ok) return answer;
  const parsed = failure.safeParse(await answer.json().catch(() => undefined));
  const message = parsed.success ? parsed.data.message : `the operator answered ${answer.status}`;
  if (answer.status === 422) {
    throw new AppError("VALIDATION_FAILED", undefined, {
      details: { issues: [{ path: "", message }] },
    });
  }
  if (answer.status === 409) throw new AppError("CONFLICT", message);
  throw new AppError("UNAVAILABLE", message, { retryAfterS: 2 });
};

import { readFile } from "node:fs/promises";
import { AppError } from "@rarity/platform/errors";
import { injectTrace } from "@rarity/platform/telemetry";
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

export interface AccountResourcesOptions {
  /** The operator's API, or the Kubernetes API, which serves the same paths. */
  operatorUrl: string;
  /** Where resources made through this API are kept. */
  namespace: string;
  /** With a token the caller has rights in its own namespace only. Read anew: it is rotated. */
  tokenFile?: string | undefined;
}

/** Account resources over the API that the operator and Kubernetes both serve. */
export const createAccountResources = (options: AccountResourcesOptions): AccountResources => {
  const { namespace, tokenFile } = options;
  const base = `${options.operatorUrl.replace(/\/$/, "")}/apis/${group}`;
  const own = `${base}/namespaces/${namespace}/whatsappaccounts`;
  const call = createCall(tokenFile);
  const send = async (
    url: string,
    request: { method: string; contentType: string; body: unknown },
  ): Promise<void> => {
    const answer = await call(`${url}?fieldManager=accounts`, {
      method: request.method,
      headers: { "content-type": request.contentType },
      body: JSON.stringify(request.body),
    });
    await answer.body?.cancel();
  };
  const urlOf = (target: Pick<AccountResource, "namespace" | "name">): string =>
    `${base}/namespaces/${target.namespace}/whatsappaccounts/${target.name}`;

  return {
    list: async () => {
      const url = tokenFile === undefined ? `${base}/whatsappaccounts` : own;
      const answer = await call(url, { method: "GET" });
      return resourceList.parse(await answer.json()).items.flatMap(toResource);
    },
    create: async (name, spec) => {
      const metadata = { name, namespace, ...traced() };
      const object = { apiVersion: group, kind: "WhatsAppAccount", metadata, spec };
      await send(own, { method: "POST", contentType: "application/json", body: object });
    },
    patchSpec: async (target, change) => {
      const contentType = "application/merge-patch+json";
      const body = { metadata: traced(), spec: change };
      await send(urlOf(target), { method: "PATCH", contentType, body });
    },
    remove: async (target) => {
      const answer = await call(urlOf(target), { method: "DELETE" });
      await answer.body?.cancel();
    },
  };
};

/** Leads from the operator's work back to the request that caused it. */
const traced = (): { annotations?: Record<string, string> } => {
  const traceparent = injectTrace();
  if (traceparent === undefined) return {};
  return { annotations: { "rarityleads.io/traceparent": traceparent } };
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

type Call = (url: string, init: RequestInit) => Promise<Response>;

const createCall =
  (tokenFile: string | undefined): Call =>
  async (url, init) => {
    const headers = new Headers(init.headers);
    const token = await readToken(tokenFile);
    if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
    const answer = await fetch(url, {
      ...init,
      headers,
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((cause: unknown) => {
      throw new AppError("UNAVAILABLE", "The operator cannot be reached", {
        retryAfterS: 2,
        cause,
      });
    });
    if (!answer.ok) throw await refusal(answer);
    return answer;
  };

/** Read for every call: Kubernetes replaces the file before the token in it ends. */
const readToken = async (tokenFile: string | undefined): Promise<string | undefined> => {
  if (tokenFile === undefined) return undefined;
  const token = await readFile(tokenFile, "utf8").catch((cause: unknown) => {
    throw new AppError("UNAVAILABLE", "The token for the operator cannot be read", {
      retryAfterS: 2,
      cause,
    });
  });
  return token.trim();
};

const refusal = async (answer: Response): Promise<AppError> => {
  const parsed = failure.safeParse(await answer.json().catch(() => undefined));
  const message = parsed.success ? parsed.data.message : `the operator answered ${answer.status}`;
  if (answer.status === 422) {
    const issues = [{ path: "", message }];
    return new AppError("VALIDATION_FAILED", undefined, { details: { issues } });
  }
  if (answer.status === 409) return new AppError("CONFLICT", message);
  return new AppError("UNAVAILABLE", message, { retryAfterS: 2 });
};

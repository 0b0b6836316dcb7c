import { Agent, request } from "undici";
import type { Access } from "../control-plane/kubeconfig.ts";
import { collectionPath, objectPath, type Mapping } from "./resource-path.ts";

export type KubeObject = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string } & Record<string, unknown>;
} & Record<string, unknown>;

/** What the API server answered when it did not do what was asked. */
class KubeError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.name = "KubeError";
    this.code = code;
  }
}

type KubeRequest = {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  body?: unknown;
  contentType?: string;
};

/** A small client for tests and scripts: plain JSON, no cache. Its owner closes it. */
export type KubeClient = {
  /** One request by path. Refusals throw a KubeError with the server's message. */
  request: <T = unknown>(path: string, options?: KubeRequest) => Promise<T>;
  /** Server-side apply. With force it takes over what other managers set differently. */
  apply: (
    object: KubeObject,
    fieldManager?: string,
    options?: { force: boolean },
  ) => Promise<KubeObject>;
  /** Undefined when it is absent. */
  get: <T extends KubeObject = KubeObject>(
    ref: Pick<KubeObject, "apiVersion" | "kind" | "metadata">,
  ) => Promise<T | undefined>;
  list: <T extends KubeObject = KubeObject>(
    ref: { apiVersion: string; kind: string; namespace?: string },
    query?: string,
  ) => Promise<T[]>;
  /** Deletes with background propagation; false when it was absent. */
  delete: (ref: Pick<KubeObject, "apiVersion" | "kind" | "metadata">) => Promise<boolean>;
  close: () => Promise<void>;
};

const requestTimeoutMs = 30_000;

type Send = <T>(path: string, options?: KubeRequest) => Promise<T>;

const sender = (access: Access, agent: Agent): Send => {
  return async <T>(path: string, options: KubeRequest = {}): Promise<T> => {
    const { method = "GET", body, contentType = "application/json" } = options;
    const response = await request(new URL(path, access.url), {
      method,
      dispatcher: agent,
      headersTimeout: requestTimeoutMs,
      bodyTimeout: requestTimeoutMs,
      headers: { accept: "application/json", "content-type": contentType },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.body.text();
    if (response.statusCode < 300) return parseBody(text) as T;
    throw new KubeError(response.statusCode, messageOf(text));
  };
};

const parseBody = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const messageOf = (text: string): string => {
  const body = parseBody(text);
  if (typeof body === "object" && body !== null && "message" in body) return String(body.message);
  return text;
};

const absentAs = async <T>(answer: Promise<T>, fallback: T): Promise<T> =>
  answer.catch((error: unknown) => {
    if (error instanceof KubeError && error.code === 404) return fallback;
    throw error;
  });

/** Asks the server once for each group and version how its kinds are called in paths. */
const mapper = (send: Send): ((apiVersion: string, kind: string) => Promise<Mapping>) => {
  const known = new Map<string, Mapping>();
  return async (apiVersion, kind) => {
    const key = `${apiVersion}/${kind}`;
    const cached = known.get(key);
    if (cached !== undefined) return cached;
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const found = await send<{ resources: { name: string; kind: string; namespaced: boolean }[] }>(
      root,
    );
    const resource = found.resources.find((each) => each.kind === kind && !each.name.includes("/"));
    if (resource === undefined) throw new KubeError(404, `${apiVersion} has no kind ${kind}`);
    const mapping = { root, plural: resource.name, namespaced: resource.namespaced };
    known.set(key, mapping);
    return mapping;
  };
};

export const createKubeClient = (access: Access): KubeClient => {
  const { caPem: ca, certPem: cert, keyPem: key } = access;
  const agent = new Agent({ connections: 16, connect: { ca, cert, key } });
  const send = sender(access, agent);
  const mapping = mapper(send);
  const pathOf = async (ref: Pick<KubeObject, "apiVersion" | "kind" | "metadata">) =>
    objectPath(await mapping(ref.apiVersion, ref.kind), ref.metadata);
  return {
    request: send,
    apply: async (object, fieldManager = "test", { force } = { force: false }) => {
      const query = new URLSearchParams({ fieldManager, fieldValidation: "Strict" });
      if (force) query.set("force", "true");
      return send(`${await pathOf(object)}?${query.toString()}`, {
        method: "PATCH",
        body: object,
        contentType: "application/apply-patch+yaml",
      });
    },
    get: async <T extends KubeObject>(ref: Pick<KubeObject, "apiVersion" | "kind" | "metadata">) =>
      absentAs<T | undefined>(send<T>(await pathOf(ref)), undefined),
    list: async <T extends KubeObject>(
      ref: { apiVersion: string; kind: string; namespace?: string },
      query = "",
    ) => {
      const path = collectionPath(await mapping(ref.apiVersion, ref.kind), ref.namespace);
      return (await send<{ items: T[] }>(`${path}?${query}`)).items;
    },
    delete: async (ref) => {
      const path = `${await pathOf(ref)}?propagationPolicy=Background`;
      const done = send(path, { method: "DELETE" }).then(() => true);
      return absentAs(done, false);
    },
    close: () => agent.close(),
  };
};

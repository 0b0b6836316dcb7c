import { apiVersionOf, findKind, type ResourceKind } from "../../api/resources.ts";
import { refOf, type KubeObject, type ObjectRef } from "../../api/objects.ts";
import { CliError, ServerRefusal, type DryRun, type ListChoice, type Objects } from "../ports.ts";
import { toNoteEvents } from "./note-events.ts";

/** One request to an API server, or to the operator's own listener, which uses the same paths. */
export type SendRequest = (request: {
  method: "GET" | "PATCH";
  path: string;
  query?: Record<string, string>;
  body?: unknown;
  /** A merge patch when left out. */
  contentType?: string;
}) => Promise<{ status: number; body: unknown }>;

const pageSize = 500;
const pagesMax = 200;

/** Resources by plain requests. */
export const createObjects = (
  send: SendRequest,
  place: Pick<Objects, "where" | "namespace" | "runs">,
): Objects => {
  const ask = async (request: Parameters<SendRequest>[0]): Promise<unknown> => {
    const { status, body } = await send(request);
    if (status === 404) return undefined;
    if (status < 300) return body;
    throw new ServerRefusal(
      `${request.method} ${request.path}: ${messageOf(body, status)}`,
      status,
    );
  };
  return {
    ...place,
    get: async (ref) =>
      (await ask({ method: "GET", path: objectPath(ref) })) as KubeObject | undefined,
    list: async (kind, choice) => listAll(ask, kindOf(kind), choice),
    mergePatch: async (ref, patch) => {
      const answer = await ask({ method: "PATCH", path: objectPath(ref), body: patch });
      if (answer === undefined) throw new CliError(`${ref.kind}/${ref.name} does not exist`);
      return answer as KubeObject;
    },
    dryRun: async (change) => dryRun(send, change),
    serves: async (kind) => serves(ask, kindOf(kind)),
    eventsOf: async (object) => {
      const { namespace, uid } = object.metadata;
      if (uid === undefined) return [];
      const answer = (await ask({
        method: "GET",
        path: `/api/v1/namespaces/${namespace}/events`,
        query: { fieldSelector: `involvedObject.uid=${uid}`, limit: "50" },
      })) as { items: KubeObject[] } | undefined;
      return toNoteEvents(answer?.items ?? []);
    },
  };
};

const dryRun = async (send: SendRequest, change: DryRun): Promise<KubeObject> => {
  const isApply = change.as === "apply";
  const { status, body } = await send({
    method: "PATCH",
    path: objectPath(isApply ? refOf(change.object) : change.ref),
    query: {
      dryRun: "All",
      fieldManager: change.fieldManager,
      fieldValidation: "Strict",
      ...(isApply ? { force: "true" } : {}),
    },
    body: isApply ? change.object : change.patch,
    contentType: isApply ? "application/apply-patch+yaml" : "application/merge-patch+json",
  });
  if (status < 300) return body as KubeObject;
  throw new ServerRefusal(messageOf(body, status), status);
};

const serves = async (
  ask: (request: Parameters<SendRequest>[0]) => Promise<unknown>,
  kind: ResourceKind,
): Promise<boolean> => {
  const root = kind.group === "" ? "/api" : "/apis";
  const answer = (await ask({ method: "GET", path: `${root}/${apiVersionOf(kind)}` })) as
    { resources?: { name: string }[] } | undefined;
  return answer?.resources?.some(({ name }) => name === kind.plural) ?? false;
};

const listAll = async (
  ask: (request: Parameters<SendRequest>[0]) => Promise<unknown>,
  kind: ResourceKind,
  { namespace, labelSelector }: ListChoice,
): Promise<KubeObject[]> => {
  const items: KubeObject[] = [];
  let cursor = "";
  for (let page = 0; page < pagesMax; page += 1) {
    const answer = (await ask({
      method: "GET",
      path: collectionPath(kind, namespace),
      query: {
        limit: String(pageSize),
        ...(cursor === "" ? {} : { continue: cursor }),
        ...(labelSelector === undefined ? {} : { labelSelector: selectorText(labelSelector) }),
      },
    })) as { items: KubeObject[]; metadata?: { continue?: string } } | undefined;
    if (answer === undefined) return items;
    // Items of a list carry neither kind nor version.
    const { kind: name } = kind;
    items.push(
      ...answer.items.map((item) => ({ ...item, apiVersion: apiVersionOf(kind), kind: name })),
    );
    cursor = answer.metadata?.continue ?? "";
    if (cursor === "") return items;
  }
  throw new CliError(`more than ${pageSize * pagesMax} ${kind.plural}; name a namespace with -n`);
};

const selectorText = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");

const kindOf = (kind: string): ResourceKind => {
  const found = findKind(kind);
  if (found === undefined) throw new CliError(`the kind ${kind} is not known here`);
  return found;
};

const collectionPath = (kind: ResourceKind, namespace: string | undefined): string => {
  const root = kind.group === "" ? "/api" : "/apis";
  const scope = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}/${apiVersionOf(kind)}${scope}/${kind.plural}`;
};

const objectPath = ({ kind, namespace, name }: ObjectRef): string =>
  `${collectionPath(kindOf(kind), namespace)}/${encodeURIComponent(name)}`;

const messageOf = (body: unknown, status: number): string => {
  const message = (body as { message?: unknown } | undefined)?.message;
  return typeof message === "string" ? message : `the server answered ${status}`;
};

import { fieldManager, labels, operatorLabels } from "../api/names.ts";
import { isOwnedBy, type KubeObject } from "../api/objects.ts";
import type { Objects } from "./ports.ts";
import { createTryRead } from "./try-read.ts";
import type { NoteEvent } from "./why/account-facts.ts";

/** An installation or the operator: its objects, what happened to them, and what could not be read. */
export interface InstallationFacts {
  objects: readonly KubeObject[];
  events: readonly NoteEvent[];
  unread: readonly string[];
}

/** What a Platform and its accounts are made of, beside what an account's own facts have. */
const childKinds = [
  "Deployment",
  "Job",
  "HorizontalPodAutoscaler",
  "ScaledObject",
  "Ingress",
  "HTTPRoute",
  "NetworkPolicy",
  "PodDisruptionBudget",
] as const;
const eventsOfMax = 20;
const noEvents: NoteEvent[] = [];
const nothing: KubeObject[] = [];

/** A Platform, its services, migrations and ways in, and the autoscalers of its accounts. */
export const readInstallationFacts = async (
  objects: Objects,
  platform: KubeObject,
): Promise<InstallationFacts> => {
  const { tryRead, unread } = createTryRead();
  const { namespace, uid } = platform.metadata;
  const choice = { namespace, labelSelector: { [labels.managedBy]: fieldManager } };
  const lists = await Promise.all(
    childKinds.map(async (kind) => tryRead(kind, async () => objects.list(kind, choice), nothing)),
  );
  const autoscalers = ["HorizontalPodAutoscaler", "ScaledObject"];
  const children = lists
    .flat()
    .filter((object) => isOwnedBy(object, uid) || autoscalers.includes(object.kind));
  const events = await Promise.all(
    [platform, ...children.slice(0, eventsOfMax)].map(async (object) =>
      tryRead("Events", async () => objects.eventsOf(object), noEvents),
    ),
  );
  return { objects: [platform, ...children], events: events.flat(), unread: unread() };
};

/** The operator's Deployments and pods, and the leases they hold, wherever it is installed. */
export const readOperatorFacts = async (objects: Objects): Promise<InstallationFacts> => {
  const { tryRead, unread } = createTryRead();
  const everywhere = { namespace: undefined, labelSelector: operatorLabels };
  const [deployments, pods] = await Promise.all(
    ["Deployment", "Pod"].map(async (kind) =>
      tryRead(`${kind}s of the operator`, async () => objects.list(kind, everywhere), nothing),
    ),
  );
  const found = [...(deployments ?? []), ...(pods ?? [])];
  const namespaces = new Set(found.map(({ metadata }) => metadata.namespace));
  const leases = await Promise.all(
    [...namespaces].map(async (namespace) =>
      tryRead("Leases", async () => objects.list("Lease", { namespace }), nothing),
    ),
  );
  const isHeldByOne = ({ spec }: KubeObject): boolean => {
    const { holderIdentity = "" } = (spec ?? {}) as { holderIdentity?: string };
    return (pods ?? []).some(({ metadata }) => holderIdentity.startsWith(`${metadata.name}_`));
  };
  return {
    objects: [...found, ...leases.flat().filter(isHeldByOne)],
    events: [],
    unread: unread(),
  };
};

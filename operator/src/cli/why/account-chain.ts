import type { Account } from "../../api/account-kinds.ts";
import type { Condition, KubeObject } from "../../api/objects.ts";
import type { Deployment } from "../../api/workloads.ts";
import type { AccountFacts } from "./account-facts.ts";
import { culprit, type Chain, type Link, type LinkState } from "./chain.ts";
import { nextAction } from "./next-actions.ts";
import { podLink } from "./pod-link.ts";

/** Why an account does or does not send: resource, operator, Deployment, pods, session, queue. */
export const accountChain = (facts: AccountFacts): Chain => {
  const account = facts.account as Account;
  const name = `${account.kind}/${account.metadata.name}`;
  const links = [
    resourceLink(account, name),
    operatorLink(account),
    ...childLinks(facts, name),
    ...eventLinks(facts),
    conditionLink(account, "Paired", name),
    conditionLink(account, "Connected", name),
    queueLink(account, name),
    ...facts.unread.map((what): Link => ({ what, state: "unknown", says: "could not be read" })),
  ];
  const cause = culprit(links);
  return {
    about: name,
    links,
    verdict: verdictOf(account, cause),
    next: cause?.next,
  };
};

const verdictOf = (account: Account, cause: Link | undefined): string => {
  const ready = findCondition(account, "Ready");
  if (ready?.status === "True" && cause?.state !== "stopped") {
    return `It can send: ${ready.message}.`;
  }
  if (cause !== undefined) return `${cause.what}: ${cause.says}.`;
  return "Nothing is wrong, but the account is not Ready yet.";
};

const resourceLink = (account: Account, name: string): Link => {
  const link = { what: name, since: account.metadata.creationTimestamp };
  if (account.metadata.deletionTimestamp !== undefined) {
    const holders = account.metadata.finalizers?.join(", ") ?? "nothing";
    const says = `is being deleted, held by ${holders}`;
    return { ...link, state: "waits", says, since: account.metadata.deletionTimestamp };
  }
  const { reconcilePolicy, paused } = account.spec;
  if (reconcilePolicy !== "Apply") {
    const says = `spec.reconcilePolicy is ${reconcilePolicy}: the operator changes nothing`;
    return {
      ...link,
      state: "stopped",
      says,
      next: nextAction(reconcilePolicy, { account: name }),
    };
  }
  if (paused) {
    const next = nextAction("PausedByUser", { account: name });
    return { ...link, state: "stopped", says: "spec.paused is true: messages wait", next };
  }
  return { ...link, state: "ok", says: "asks for an account that sends" };
};

const operatorLink = (account: Account): Link => {
  const seen = account.status?.observedGeneration;
  const { generation } = account.metadata;
  if (seen !== undefined && (generation === undefined || seen >= generation)) {
    return { what: "operator", state: "ok", says: `has acted on generation ${seen}` };
  }
  const says =
    seen === undefined
      ? "has not looked at it yet"
      : `has acted on generation ${seen}, not yet on ${generation}`;
  const next = "check that the operator runs and reads this namespace: kubectl rarity status";
  return { what: "operator", state: "unknown", says, next };
};

const childLinks = (facts: AccountFacts, name: string): Link[] => {
  const deployment = facts.deployment as Deployment | undefined;
  if (deployment !== undefined) {
    const link = deploymentLink(facts.account as Account, deployment);
    const pods = deployment.spec.replicas === 0 ? [] : facts.pods;
    return [link, ...pods.map((pod) => podLink(pod, name))];
  }
  // Nothing is concluded from what could not be read.
  if (facts.unread.length > 0) return [];
  const link: Link = { what: "Deployment", state: "stopped", says: "does not exist" };
  return [{ ...link, ...degraded(facts, name) }];
};

const isUpToDate = ({ status }: Account, replicas: number): boolean =>
  (status?.desiredReplicas ?? replicas) === replicas;

const deploymentLink = (account: Account, deployment: Deployment): Link => {
  const what = `Deployment/${deployment.metadata.name}`;
  const { replicas: wanted = 1 } = deployment.spec;
  if (wanted === 0) {
    const scaling = findCondition(account, "Scaling");
    return { what, state: "ok", says: scaling?.message ?? "hibernated: no pods wanted" };
  }
  const ready = deployment.status?.readyReplicas ?? 0;
  const isSettled = ready >= wanted && isUpToDate(account, wanted);
  const says = `${ready} of ${wanted} pod(s) ready`;
  return { what, state: isSettled ? "ok" : noneIs(ready), says };
};

/** One pod is enough to send; with none the pods themselves say why. */
const noneIs = (ready: number): LinkState => (ready > 0 ? "waits" : "unknown");

/** What the operator found, where it explains more than the missing child. */
const degraded = (facts: AccountFacts, name: string): Partial<Link> => {
  const found = findCondition(facts.account, "Degraded");
  if (found?.status !== "True") return {};
  return { says: found.message, next: nextAction(found.reason, { account: name }) };
};

/** The latest warning, if it is not about something that has passed. */
const eventLinks = ({ events, account }: AccountFacts): Link[] => {
  if (findCondition(account, "Ready")?.status === "True") return [];
  const warning = events.find(({ type }) => type === "Warning");
  if (warning === undefined) return [];
  const times = warning.count > 1 ? ` (${warning.count} times)` : "";
  const says = `${warning.reason}: ${warning.note}${times}`;
  return [{ what: "Event", state: "unknown", says, since: warning.at }];
};

const conditionLink = (account: Account, type: string, name: string): Link => {
  const condition = findCondition(account, type);
  if (condition === undefined) return { what: type, state: "unknown", says: "not reported yet" };
  const { status, reason, message, lastTransitionTime: since } = condition;
  const next = status === "True" ? undefined : nextAction(reason, { account: name });
  return { what: type, state: conditionState(condition), says: message, since, next };
};

const passing = ["Hibernated", "Connecting", "Reconnecting", "Pairing", "Pending"];

const conditionState = ({ status, reason }: Condition): LinkState => {
  if (status === "True" || reason === "Hibernated") return "ok";
  if (status === "Unknown") return "unknown";
  return passing.includes(reason) ? "waits" : "stopped";
};

const queueLink = (account: Account, name: string): Link => {
  const scaling = findCondition(account, "Scaling");
  const queue = account.status?.queue;
  const says = `${queue ?? "an unknown number of"} message(s) due; ${scaling?.message ?? "no scaling decision yet"}`;
  const isKnown = scaling !== undefined && scaling.status !== "Unknown";
  const next = isKnown ? undefined : nextAction(scaling?.reason ?? "", { account: name });
  return { what: "queue", state: isKnown ? "ok" : "unknown", says, next };
};

export const findCondition = (object: KubeObject, type: string): Condition | undefined => {
  const status = object.status as { conditions?: Condition[] } | undefined;
  return status?.conditions?.find((condition) => condition.type === type);
};

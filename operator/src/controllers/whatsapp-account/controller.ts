import { accountIdOf, fieldManager, labels, stableStringify } from "../../api/names.ts";
import { refOf, type KubeObject } from "../../api/objects.ts";
import type { WhatsAppAccount } from "../../api/whatsapp-account.ts";
import { isClusterError } from "../../cluster/errors.ts";
import type { Cluster } from "../../cluster/port.ts";
import { planAccount } from "../../plan/plan-account.ts";
import { createWorkQueue, type WorkQueueDeps, type WorkResult } from "../work-queue.ts";
import { holdAccount, type FinalizeDeps } from "./finalize.ts";
import { observeAccount, type ObserveDeps } from "./observe.ts";

const unregisteredRetryMs = 1_000;
const kind = "WhatsAppAccount";

export interface AccountControllerDeps extends ObserveDeps, FinalizeDeps {
  sources: ObserveDeps["sources"];
  onError: WorkQueueDeps["onError"];
}

export interface AccountController {
  /** Looks again at the accounts whose queue or state has changed since the last look. */
  sourcesChanged(): void;
  stop(): Promise<void>;
}

/** Reconciles WhatsAppAccounts: observe, plan, apply, one status write. */
export const startAccountController = (deps: AccountControllerDeps): AccountController => {
  const queue = createWorkQueue({
    process: async (key) => reconcile(deps, key),
    onError: deps.onError,
  });
  const accounts = new Map<string, { key: string; seen: string }>();

  const track = (object: KubeObject): void => {
    const account = object as WhatsAppAccount;
    const { namespace, name } = account.metadata;
    const accountId = accountIdOf(account);
    accounts.set(accountId, { key: `${namespace}/${name}`, seen: readingOf(deps, accountId) });
    queue.add(`${namespace}/${name}`);
  };
  const unwatch = deps.cluster.watch([kind, "Deployment", "Pod"], ({ type, object }) => {
    if (object.kind !== kind) {
      const { namespace, labels: named } = object.metadata;
      const instance = named?.[labels.instance];
      if (instance !== undefined) queue.add(`${namespace}/${instance}`);
    } else if (type === "DELETED") {
      accounts.delete(accountIdOf(object as WhatsAppAccount));
      deps.registrar.forget(accountIdOf(object as WhatsAppAccount));
    } else {
      track(object);
    }
  });
  const listed = deps.cluster.list(kind).then((objects) => objects.forEach(track));
  listed.catch((error: unknown) => deps.onError("list", error, 0));

  return {
    sourcesChanged: () => {
      for (const [accountId, entry] of accounts) {
        const seen = readingOf(deps, accountId);
        if (seen === entry.seen) continue;
        entry.seen = seen;
        queue.add(entry.key);
      }
    },
    stop: async () => {
      unwatch();
      await queue.stop();
    },
  };
};

const readingOf = ({ sources }: AccountControllerDeps, accountId: string): string =>
  stableStringify([sources.depthOf(accountId), sources.runtimeOf(accountId)]);

const reconcile = async (deps: AccountControllerDeps, key: string): Promise<WorkResult> => {
  const [namespace = "", name = ""] = key.split("/");
  const account = (await deps.cluster.get({ kind, namespace, name })) as
    WhatsAppAccount | undefined;
  // Children go with their owner: the cluster collects them by owner reference.
  if (account === undefined) return {};
  const held = await holdAccount(deps, account);
  if (held !== undefined) return held;
  const observed = await observeAccount(deps, account);
  const plan = planAccount(observed);
  await applyAll(deps.cluster, plan.apply);
  try {
    await deps.cluster.writeStatus(refOf(account), plan.status, account.metadata.resourceVersion);
  } catch (error) {
    if (isClusterError(error, "NotFound")) return {};
    if (!isClusterError(error, "Conflict")) throw error;
    // Somebody changed the account meanwhile, and that change is in the queue already.
    return { requeueAfterMs: 0 };
  }
  return observed.registration.ok
    ? { requeueAfterMs: plan.requeueAfterMs }
    : { requeueAfterMs: Math.min(unregisteredRetryMs, plan.requeueAfterMs ?? Infinity) };
};

const applyAll = async (cluster: Cluster, objects: readonly KubeObject[]): Promise<void> => {
  for (const object of objects) await cluster.apply(object, { fieldManager });
};

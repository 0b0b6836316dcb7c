import { accountFinalizer, accountIdOf, fieldManager } from "../../api/names.ts";
import { refOf } from "../../api/objects.ts";
import type { WhatsAppAccount } from "../../api/whatsapp-account.ts";
import { isClusterError } from "../../cluster/errors.ts";
import type { Cluster } from "../../cluster/port.ts";
import { buildDeployment, buildEnvSecret } from "../../desired/deployment.ts";
import type { TemplateReading } from "../../plan/plan-account.ts";
import {
  departureStatus,
  finalizerChange,
  needsDeparture,
  planDeparture,
  type Asked,
} from "../../plan/plan-departure.ts";
import type { WorkResult } from "../work-queue.ts";
import type { AccountSources } from "../../sources/account-sources.ts";

export interface FinalizeDeps {
  cluster: Cluster;
  sources: Pick<AccountSources, "logoutAccount" | "eraseSession">;
  readTemplate: () => TemplateReading;
  /** How long a deletion waits for the provider. */
  deletionDeadlineMs: number;
  now: () => Date;
  /** Something a person has to know about a deletion. */
  onNote: (account: WhatsAppAccount, note: DepartureNote) => void;
}

export interface DepartureNote {
  type: "Normal" | "Warning";
  reason: "LoggedOut" | "LogoutGaveUp" | "SessionNotErased";
  message: string;
}

/**
 * Everything about deletion, before anything else is done for an account: undefined means that it
 * stays, and that its finalizer is as its policy says.
 */
export const holdAccount = async (
  deps: FinalizeDeps,
  account: WhatsAppAccount,
): Promise<WorkResult | undefined> => {
  if (account.metadata.deletionTimestamp !== undefined) {
    return { requeueAfterMs: await finalizeAccount(deps, account) };
  }
  // A changed object has another version: what was read is old.
  return (await keepFinalizer(deps.cluster, account)) ? { requeueAfterMs: 0 } : undefined;
};

/** Adds or removes our finalizer as the policy says. True when the object was changed. */
const keepFinalizer = async (cluster: Cluster, account: WhatsAppAccount): Promise<boolean> => {
  const change = finalizerChange(account);
  if (change === undefined) return false;
  await cluster.setFinalizer(refOf(account), accountFinalizer, change === "add");
  return true;
};

/** One step of a deletion. Answers when to look again; undefined when the object may go. */
const finalizeAccount = async (
  deps: FinalizeDeps,
  account: WhatsAppAccount,
): Promise<number | undefined> => {
  if (!(account.metadata.finalizers ?? []).includes(accountFinalizer)) return undefined;
  if (!needsDeparture(account)) return release(deps, account);
  const asked = await askForLogout(deps, account);
  const { deletionDeadlineMs: deadlineMs } = deps;
  const departure = planDeparture({ account, asked, deadlineMs, now: deps.now() });
  if (departure.do === "release") {
    const message = "the session is gone, and the account with it";
    return release(deps, account, { type: "Normal", reason: "LoggedOut", message });
  }
  if (departure.do === "wait") {
    if (departure.keepProcess) await keepProcess(deps, account);
    await showWhy(deps, account, departure.message);
    return departure.requeueAfterMs;
  }
  const erased = await eraseSession(deps, account);
  if (erased !== undefined && !departure.isLast) return departure.requeueAfterMs;
  return release(deps, account, gaveUp(departure.message, erased));
};

const gaveUp = (why: string, failure: string | undefined): DepartureNote =>
  failure === undefined
    ? {
        type: "Warning",
        reason: "LogoutGaveUp",
        message: `${why}: the session was erased here, the phone may still list the device`,
      }
    : {
        type: "Warning",
        reason: "SessionNotErased",
        message: `${failure}: the stored session is left; erase it by deleting the account again`,
      };

const endOf = ({ spec }: WhatsAppAccount): { orgId: string; reason: string } => ({
  orgId: spec.orgId,
  reason: "account_deleted",
});

const askForLogout = async (deps: FinalizeDeps, account: WhatsAppAccount): Promise<Asked> => {
  try {
    const done = await deps.sources.logoutAccount(accountIdOf(account), endOf(account));
    return { ok: true, done };
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
};

/** Undefined when it worked. */
const eraseSession = async (
  deps: FinalizeDeps,
  account: WhatsAppAccount,
): Promise<string | undefined> => {
  try {
    await deps.sources.eraseSession(accountIdOf(account), endOf(account));
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
};

/** A hibernated account is woken: only a process can tell the provider. */
const keepProcess = async (deps: FinalizeDeps, account: WhatsAppAccount): Promise<void> => {
  const reading = deps.readTemplate();
  if (!reading.ok) return;
  await deps.cluster.apply(buildEnvSecret(account, reading.template), { fieldManager });
  await deps.cluster.apply(buildDeployment(account, reading.template, 1), { fieldManager });
};

const showWhy = async (
  deps: FinalizeDeps,
  account: WhatsAppAccount,
  message: string,
): Promise<void> => {
  const status = departureStatus(account, message, deps.now());
  await deps.cluster.writeStatus(refOf(account), status).catch(ignoreGone);
};

const release = async (
  deps: FinalizeDeps,
  account: WhatsAppAccount,
  note?: DepartureNote,
): Promise<undefined> => {
  await deps.cluster.setFinalizer(refOf(account), accountFinalizer, false).catch(ignoreGone);
  if (note !== undefined) deps.onNote(account, note);
};

const ignoreGone = (error: unknown): void => {
  if (!isClusterError(error, "NotFound")) throw error;
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : "failed");

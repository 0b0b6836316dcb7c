import type { Account } from "../../api/account-kinds.ts";
import { accountFinalizer, accountIdOf } from "../../api/names.ts";
import { isClusterError } from "../../cluster/errors.ts";
import type { EventRecorder } from "../../cluster/port.ts";
import { planLastProcess } from "../../plan/plan-last-process.ts";
import {
  departureStatus,
  finalizerChange,
  needsDeparture,
  planDeparture,
  type Asked,
} from "../../plan/plan-departure.ts";
import { writeStatus, type ActDeps } from "../runtime/act-on-plan.ts";
import type { Work, WorkResult } from "../runtime/controller.ts";
import { keepFinalizer, releaseFinalizer } from "../runtime/finalizer.ts";
import { observeAccount, type ObserveDeps } from "./observe.ts";

export interface FinalizeDeps extends ObserveDeps, ActDeps {
  /** How long a deletion waits for the provider. */
  deletionDeadlineMs: number;
  /** Where a person is told how a deletion went. */
  events: EventRecorder;
}

/**
 * Everything about deletion, before anything else is done for an account: undefined means that it
 * stays, and that its finalizer is as its policy says.
 */
export const holdAccount = async (
  deps: FinalizeDeps,
  account: Account,
  work: Work,
): Promise<WorkResult | undefined> => {
  if (account.metadata.deletionTimestamp !== undefined) {
    return { requeueAfterMs: await finalizeAccount(deps, account, work) };
  }
  const change = finalizerChange(account);
  if (change === undefined) return undefined;
  await keepFinalizer(deps.cluster, account, accountFinalizer, change === "add");
  // A changed object has another version: what was read is old.
  return { requeueAfterMs: 0 };
};

/** One step of a deletion. Answers when to look again; undefined when the object may go. */
const finalizeAccount = async (
  deps: FinalizeDeps,
  account: Account,
  work: Work,
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
    const trouble = departure.keepProcess ? await keepProcess(deps, account, work) : undefined;
    const message = trouble === undefined ? departure.message : `${departure.message}; ${trouble}`;
    await writeStatus(deps.cluster, account, departureStatus(account, message, deps.now()));
    return departure.requeueAfterMs;
  }
  const erased = await eraseSession(deps, account);
  if (erased !== undefined && !departure.isLast) return departure.requeueAfterMs;
  return release(deps, account, gaveUp(departure.message, erased));
};

interface DepartureNote {
  type: "Normal" | "Warning";
  reason: "LoggedOut" | "LogoutGaveUp" | "SessionNotErased";
  message: string;
}

const gaveUp = (why: string, failure: string | undefined): DepartureNote =>
  failure === undefined
    ? {
        type: "Warning",
        reason: "LogoutGaveUp",
        message: `${why}: the session was erased here, the provider may still list the device`,
      }
    : {
        type: "Warning",
        reason: "SessionNotErased",
        message: `${failure}: the stored session is left; apply the account and delete it again to erase it`,
      };

const endOf = ({ spec }: Account): { orgId: string; reason: string } => ({
  orgId: spec.orgId,
  reason: "account_deleted",
});

const askForLogout = async (deps: FinalizeDeps, account: Account): Promise<Asked> => {
  const { namespace } = account.metadata;
  try {
    // Whoever asks first opens the sources: reading the installation does.
    await deps.readInstallation(namespace);
    const sources = deps.sources.of(namespace);
    return { ok: true, done: await sources.logoutAccount(accountIdOf(account), endOf(account)) };
  } catch (error) {
    return { ok: false, message: troubleOf(error) };
  }
};

/** Undefined when it worked. */
const eraseSession = async (deps: FinalizeDeps, account: Account): Promise<string | undefined> => {
  try {
    const sources = deps.sources.of(account.metadata.namespace);
    await sources.eraseSession(accountIdOf(account), endOf(account));
    return undefined;
  } catch (error) {
    return troubleOf(error);
  }
};

/**
 * A hibernated account is woken: only a process can tell the provider. Answers what stands against
 * it; a namespace that is going takes nothing new, and the deadline has to pass all the same.
 */
const keepProcess = async (
  deps: FinalizeDeps,
  account: Account,
  work: Work,
): Promise<string | undefined> => {
  try {
    const observed = await observeAccount(deps, account, work);
    const present = new Map(observed.owned.map((object) => [object.kind, object]));
    for (const object of planLastProcess(observed)) {
      await deps.applier.apply(object, present.get(object.kind));
    }
    return undefined;
  } catch (error) {
    return troubleOf(error);
  }
};

const release = async (
  deps: FinalizeDeps,
  account: Account,
  note?: DepartureNote,
): Promise<undefined> => {
  // Said first: with its last finalizer the object is gone, and events with nobody to be about.
  if (note !== undefined) deps.events.record(account, { ...note, action: "LogOut" });
  await releaseFinalizer(deps.cluster, account, accountFinalizer);
};

/** What is in the way of a departure, for its deadline to end; a deposed leader's is no trouble of the account. */
const troubleOf = (error: unknown): string => {
  if (isClusterError(error, "NotLeader")) throw error;
  return error instanceof Error ? error.message : "failed";
};

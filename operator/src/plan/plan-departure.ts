import { accountFinalizer } from "../api/names.ts";
import { mergeConditions } from "../api/conditions.ts";
import type { Account, AccountStatus } from "../api/account-kinds.ts";

/** After the deadline the services are asked for as long again, and a minute at most, to erase the session. */
const eraseForMsMax = 60_000;
const lookAgainMs = 1_000;

/** Whether the object must not go before its session has ended. */
export const needsDeparture = ({ spec }: Account): boolean =>
  spec.deletionPolicy === "Delete" && spec.reconcilePolicy === "Apply";

/** What the finalizer list should become; undefined when it is as it should be. */
export const finalizerChange = (account: Account): "add" | "remove" | undefined => {
  const has = account.metadata.finalizers?.includes(accountFinalizer) ?? false;
  if (has === needsDeparture(account)) return undefined;
  return has ? "remove" : "add";
};

/** What the accounts service said when it was asked to log the account out. */
export type Asked = { ok: true; done: boolean } | { ok: false; message: string };

export type Departure =
  | { do: "release" }
  /** A process has to run until the device is unlinked. */
  | { do: "wait"; keepProcess: boolean; message: string; requeueAfterMs: number }
  /** Too late for the provider: erase what is stored. `isLast`: let go whatever comes of it. */
  | { do: "erase"; isLast: boolean; message: string; requeueAfterMs: number };

/** A deleted account whose session has to go. Nothing here can hold a deletion for ever. */
export const planDeparture = (input: {
  account: Account;
  asked: Asked;
  deadlineMs: number;
  now: Date;
}): Departure => {
  const { account, asked, deadlineMs, now } = input;
  if (asked.ok && asked.done) return { do: "release" };
  const since = Date.parse(account.metadata.deletionTimestamp ?? now.toISOString());
  const leftMs = since + deadlineMs - now.getTime();
  const requeueAfterMs = lookAgainMs;
  const why = asked.ok ? "the device is not unlinked yet" : asked.message;
  if (leftMs > 0) {
    const message = `${why}; the session is erased without it in ${Math.ceil(leftMs / 1000)} s`;
    return { do: "wait", keepProcess: asked.ok, message, requeueAfterMs };
  }
  return {
    do: "erase",
    isLast: leftMs <= -Math.min(eraseForMsMax, deadlineMs),
    message: why,
    requeueAfterMs,
  };
};

/** Why the object is still there. */
export const departureStatus = (account: Account, message: string, now: Date): AccountStatus => {
  const current = account.status?.conditions ?? [];
  const generation = account.metadata.generation ?? 1;
  const finding = { type: "Ready", status: "False", reason: "LoggingOut", message } as const;
  const others = current.filter(({ type }) => type !== "Ready");
  const [ready] = mergeConditions(current, [finding], { generation, now });
  return { ...account.status, conditions: ready === undefined ? others : [ready, ...others] };
};

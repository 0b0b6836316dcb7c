import { AccountState, type Account } from "@rarity/contracts/accounts";
import { Channel } from "@rarity/contracts/channels";

interface StoredAccount extends Omit<
  Account,
  | "channel"
  | "state"
  | "message"
  | "replicas"
  | "logoutRequestedAt"
  | "lastConnectedAt"
  | "createdAt"
  | "updatedAt"
> {
  channel: string;
  state: string;
  detail: string | null;
  logoutRequestedAt: Date | null;
  lastConnectedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

interface Replicas {
  desiredReplicas: number;
  readyReplicas: number;
}

/** An account as the API shows it. A process that is gone for want of work is hibernated. */
export const describeAccount = (row: StoredAccount, resource: Replicas | undefined): Account => {
  const { detail, logoutRequestedAt, lastConnectedAt, createdAt, updatedAt, ...same } = row;
  const isHibernated = resource?.desiredReplicas === 0 && row.state === "connected";
  return {
    ...same,
    channel: Channel.parse(row.channel),
    state: isHibernated ? "hibernated" : AccountState.parse(row.state),
    message: detail,
    replicas:
      resource === undefined
        ? null
        : { desired: resource.desiredReplicas, ready: resource.readyReplicas },
    logoutRequestedAt: logoutRequestedAt?.toISOString() ?? null,
    lastConnectedAt: lastConnectedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  };
};

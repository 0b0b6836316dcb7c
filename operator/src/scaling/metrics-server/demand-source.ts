/** The demand of one account, or why it is not known. Never zero for want of an answer. */
export interface AccountDemand {
  namespace: string;
  accountId: string;
  demand: { ok: true; value: number; readAt: Date } | { ok: false; message: string };
}

/** What the server has to tell; answered from memory. */
export interface DemandSource {
  /** The accounts of a namespace; only that account when an id is given. */
  demandsIn(namespace: string, accountId?: string): readonly AccountDemand[];
}

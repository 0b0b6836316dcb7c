/**
 * The metric autoscalers read: messages due now for one account, and at least 1 while it has to
 * run. The operator serves it and exports it under this name.
 */
export const demandMetric = "rarity_account_demand";
/** The label that names the account: its id. */
export const demandLabel = "account_id";

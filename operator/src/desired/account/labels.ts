import { accountKinds, type Account } from "../../api/account-kinds.ts";
import { accountIdOf, deploymentName, labels } from "../../api/names.ts";
import { controllerReference, type ObjectMeta } from "../../api/objects.ts";

/** What a Deployment finds its pods by. It can never change. */
export const selectorLabels = (account: Account): Record<string, string> => ({
  [labels.name]: accountKinds[account.kind].channel,
  [labels.instance]: account.metadata.name,
});

export const accountLabels = (account: Account): Record<string, string> => ({
  ...selectorLabels(account),
  [labels.managedBy]: "rarity-operator",
  [labels.partOf]: "rarity-leads",
  [labels.accountId]: accountIdOf(account),
});

/** The metadata of a child: it goes with its account. */
export const childMetadata = (account: Account, name = deploymentName(account)): ObjectMeta => ({
  name,
  namespace: account.metadata.namespace,
  labels: accountLabels(account),
  ownerReferences: [controllerReference(account)],
});

import type { Account } from "../../api/account-kinds.ts";
import type { KubeObject } from "../../api/objects.ts";
import { childMetadata } from "./labels.ts";

/** An identity of its own, with no right and no token. */
export const buildServiceAccount = (account: Account): KubeObject => ({
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: childMetadata(account),
  automountServiceAccountToken: false,
});

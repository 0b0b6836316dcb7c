import type { Account } from "../api/account-kinds.ts";
import { labels } from "../api/names.ts";
import { isOwnedBy } from "../api/objects.ts";
import type { Objects } from "./ports.ts";
import { createTryRead } from "./try-read.ts";
import type { AccountFacts, NoteEvent } from "./why/account-facts.ts";

const noEvents: NoteEvent[] = [];

/** Reads an account's children and events. What the reader may not see is named, not guessed. */
export const readAccountFacts = async (
  objects: Objects,
  account: Account,
): Promise<AccountFacts> => {
  const { tryRead, unread } = createTryRead();
  const { namespace, uid } = account.metadata;
  const deployments = await tryRead(
    "Deployments",
    async () => objects.list("Deployment", { namespace }),
    [],
  );
  const deployment = deployments.find((one) => isOwnedBy(one, uid));
  const id = account.status?.accountId;
  const pods =
    id === undefined
      ? []
      : await tryRead(
          "Pods",
          async () => objects.list("Pod", { namespace, labelSelector: { [labels.accountId]: id } }),
          [],
        );
  const about = [account, ...(deployment === undefined ? [] : [deployment]), ...pods.slice(0, 20)];
  const events = await Promise.all(
    about.map(async (object) => tryRead("Events", async () => objects.eventsOf(object), noEvents)),
  );
  return {
    account,
    deployment,
    pods,
    events: events.flat().sort((a, b) => (b.at ?? "").localeCompare(a.at ?? "")),
    unread: unread(),
  };
};

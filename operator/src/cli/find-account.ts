import { accountKinds, type Account, type AccountKind } from "../api/account-kinds.ts";
import { resourceKinds } from "../api/resources.ts";
import { CliError, usageExit, type Objects } from "./ports.ts";

const kinds = Object.keys(accountKinds) as AccountKind[];

/** `sales-1`, `whatsappaccount/sales-1`, `whatsappaccounts/sales-1` or `WhatsAppAccount/sales-1`. */
export const findAccount = async (
  objects: Objects,
  namespace: string,
  text: string,
): Promise<Account> => {
  const { kind, name } = parseName(text);
  const found = await Promise.all(
    (kind === undefined ? kinds : [kind]).map(async (one) =>
      objects.get({ kind: one, namespace, name }),
    ),
  );
  const accounts = found.filter((object) => object !== undefined) as Account[];
  const [account, another] = accounts;
  if (account === undefined) {
    throw new CliError(
      `no account "${text}" in namespace ${namespace} of ${objects.where}; kubectl rarity status -A lists all`,
    );
  }
  if (another !== undefined) {
    const names = accounts.map((one) => `${one.kind}/${name}`).join(", ");
    throw new CliError(
      `"${name}" is the name of several accounts: ${names}. Say which one.`,
      usageExit,
    );
  }
  return account;
};

/** Every account of the namespace, or of all namespaces. */
export const listAccounts = async (
  objects: Objects,
  namespace: string | undefined,
): Promise<Account[]> => {
  const lists = await Promise.all(kinds.map(async (kind) => objects.list(kind, { namespace })));
  return lists.flat() as Account[];
};

const parseName = (text: string): { kind: AccountKind | undefined; name: string } => {
  const [first = "", second, more] = text.split("/");
  if (more !== undefined || first === "" || second === "") {
    throw new CliError(`"${text}" is not a name; write NAME or KIND/NAME`, usageExit);
  }
  if (second === undefined) return { kind: undefined, name: first };
  const wanted = first.toLowerCase();
  const kind = kinds.find(
    (one) => one.toLowerCase() === wanted || resourceKinds[one].plural === wanted,
  );
  if (kind !== undefined) return { kind, name: second };
  throw new CliError(`"${first}" is no kind of account; there are ${kinds.join(", ")}`, usageExit);
};

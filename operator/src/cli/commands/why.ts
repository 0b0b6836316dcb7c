import { getMessageRoute } from "@rarity/contracts/messages";
import { findAccount, listAccounts } from "../find-account.ts";
import { CliError, usageExit } from "../ports.ts";
import { readAccountFacts } from "../read-account-facts.ts";
import { renderChain } from "../render/render-chain.ts";
import { namespaceOf, type Command, type Session } from "../session.ts";
import { accountChain } from "../why/account-chain.ts";
import type { Chain } from "../why/chain.ts";
import { messageChain } from "../why/message-chain.ts";

const usage = "why account NAME | why message ID";

/** One causal chain and what to do next. Exit status 1 when somebody has to do something. */
export const why: Command = {
  usage,
  about: "one causal chain: why an account does not send, why a message has not arrived",
  run: async (session, args) => {
    const chain = await explain(session, args);
    session.output.print(
      session.options.output === "json" ? JSON.stringify(chain) : renderChain(chain, session.now()),
    );
    return chain.next === undefined ? 0 : 1;
  },
};

const explain = async (session: Session, args: readonly string[]): Promise<Chain> => {
  const [what, name, more] = args;
  if (what === undefined || more !== undefined) throw misuse();
  // `why whatsappaccount/sales` and `why sales` are what people type first.
  if (name === undefined) return explainAccount(session, what);
  if (what === "account") return explainAccount(session, name);
  if (what === "message") return explainMessage(session, name);
  if (what === "campaign") {
    throw new CliError("campaigns are not part of this version; ask about an account or a message");
  }
  throw misuse();
};

const misuse = (): CliError => new CliError(`usage: kubectl rarity ${usage}`, usageExit);

const explainAccount = async (session: Session, name: string): Promise<Chain> => {
  const account = await findAccount(session.objects, namespaceOf(session), name);
  return accountChain(await readAccountFacts(session.objects, account));
};

const explainMessage = async (session: Session, id: string): Promise<Chain> => {
  const api = await session.api();
  const message = await api.call(getMessageRoute, { params: { id } });
  const accounts = await listAccounts(session.objects, undefined).catch((error: unknown) => {
    session.output.note(
      `accounts were not read: ${error instanceof Error ? error.message : "failed"}`,
    );
    return [];
  });
  const account = accounts.find((one) => one.status?.accountId === message.accountId);
  const chain =
    account === undefined
      ? undefined
      : accountChain(await readAccountFacts(session.objects, account));
  return messageChain(message, chain);
};

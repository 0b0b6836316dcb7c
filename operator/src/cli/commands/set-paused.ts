import { findAccount } from "../find-account.ts";
import { refOf, type KubeObject } from "../../api/objects.ts";
import { CliError } from "../ports.ts";
import { namespaceOf, onlyArgument, type Command, type Session } from "../session.ts";
import { pollUntil } from "../poll-until.ts";
import { findCondition } from "../why/account-chain.ts";

const pollMs = 250;

const setPaused = (
  paused: boolean,
  words: { usage: string; about: string; done: string },
): Command => ({
  usage: words.usage,
  about: words.about,
  run: async (session, args) => {
    const text = onlyArgument(args, words.usage);
    const account = await findAccount(session.objects, namespaceOf(session), text);
    const name = `${account.kind}/${account.metadata.name}`;
    if (account.spec.paused === paused) {
      session.output.print(`${name} is ${paused ? "paused" : "not paused"} already.`);
      return 0;
    }
    const changed = await session.objects.mergePatch(refOf(account), { spec: { paused } });
    await waitForOperator(session, changed, paused);
    session.output.print(`${name} ${words.done}`);
    return 0;
  },
});

/** A wish is not yet a fact: the operator has to say that it saw it. */
const waitForOperator = async (
  { objects, options, signal, output }: Session,
  changed: KubeObject,
  paused: boolean,
): Promise<void> => {
  const isSeen = async (): Promise<true | undefined> => {
    const now = await objects.get(refOf(changed));
    if (now === undefined) throw new CliError("the account was deleted meanwhile");
    const condition = findCondition(now, "Paused");
    return (condition?.status === "True") === paused ? true : undefined;
  };
  output.note("written; waiting for the operator ...");
  const timeoutMs = Math.min(options.timeoutMs, 30_000);
  const seen = await pollUntil(isSeen, { timeoutMs, intervalMs: pollMs, signal });
  if (seen === undefined) {
    throw new CliError(
      "spec.paused is written, but the operator has not acted on it; is it running? kubectl rarity status",
    );
  }
};

export const pause = setPaused(true, {
  usage: "pause NAME",
  about: "stop sending; the session stays and replies are still received",
  done: "is paused. Messages wait; replies are still received. Undo: kubectl rarity resume",
});

export const resume = setPaused(false, {
  usage: "resume NAME",
  about: "send again",
  done: "sends again.",
});

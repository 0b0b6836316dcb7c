import type { MessageDetail, Waiting } from "@rarity/contracts/messages";
import type { Chain, Link } from "./chain.ts";
import { nextAction } from "./next-actions.ts";

/** Statuses of a message that is still to be sent. */
const openStatuses: readonly string[] = ["accepted", "queued", "dispatching"];

/** Why a message is where it is: the message, its wait, its attempts, then its account's own chain. */
export const messageChain = (message: MessageDetail, account: Chain | undefined): Chain => {
  const own = messageLink(message);
  const wait = waitLinks(message.waiting, account?.about ?? `account ${message.accountId}`);
  const below = openStatuses.includes(message.status) ? (account?.links ?? []) : [];
  const blocked = below.find(({ state }) => state === "stopped");
  return {
    about: `message ${message.id}`,
    links: [own, ...wait, ...message.attempts.map(attemptLink), ...below],
    verdict: verdictOf(message, blocked),
    next: wait[0]?.next ?? blocked?.next ?? own.next,
  };
};

const verdictOf = (message: MessageDetail, blocked: Link | undefined): string => {
  if (openStatuses.includes(message.status)) return openVerdict(message, blocked);
  const because = message.statusReason === null ? "" : ` (${message.statusReason})`;
  return (verdicts[message.status] ?? "It is in a state this version does not know.").replace(
    "<because>",
    because,
  );
};

/** By status; the open ones are told by their wait. */
const verdicts: Readonly<Record<string, string>> = {
  server_acked: "The provider has it; the recipient's device has not confirmed it yet.",
  delivered: "It arrived: delivered.",
  read: "It arrived: read.",
  received: "It came in; there is nothing to send.",
  failed: "It failed<because> and is not tried again by itself.",
  cancelled: "It was cancelled<because>.",
  uncertain: "Whether the provider took it is unknown, so it is not sent again by itself.",
};

const openVerdict = ({ status, waiting }: MessageDetail, blocked: Link | undefined): string => {
  if (blocked !== undefined) return `It waits for its account. ${blocked.what}: ${blocked.says}.`;
  if (waiting === null) return `It is ${status}.`;
  const until = waiting.until ? ` until ${waiting.until}` : "";
  return `It waits${until}: ${waiting.message}.`;
};

const messageLink = (message: MessageDetail): Link => {
  const { id, status, statusReason, channel, priority, history } = message;
  const because = statusReason === null ? "" : ` (${statusReason})`;
  const lane = priority === null ? "" : `, lane ${priority}`;
  const says = `${status}${because} on ${channel}${lane}`;
  return {
    what: `message ${id}`,
    state: stateOf(message),
    says,
    since: history.at(-1)?.at ?? message.updatedAt,
    next: nextFor(message),
  };
};

const stateOf = ({ status }: MessageDetail): Link["state"] => {
  if (["delivered", "read", "received", "cancelled"].includes(status)) return "ok";
  if (status === "failed") return "stopped";
  return status === "uncertain" ? "unknown" : "waits";
};

const nextFor = ({ status, id }: MessageDetail): string | undefined => {
  if (status === "failed") return "GET /api/dead-letters, then POST /api/dead-letters/:id/retry";
  if (status === "uncertain") {
    return `look at the chat on the phone, then POST /api/messages/${id}/resolve with send_again or mark_sent`;
  }
  return undefined;
};

const waitLinks = (waiting: Waiting | null, account: string): Link[] =>
  waiting === null ? [] : [waitLink(waiting, account)];

const waitLink = ({ reason, message, until }: Waiting, account: string): Link => ({
  what: "wait",
  state: "waits",
  says: `${message} (${reason})${until ? `, until ${until}` : ""}`,
  next: nextAction(reason, { account }),
});

const attemptLink = (attempt: MessageDetail["attempts"][number]): Link => {
  const { n, state, startedAt, settledAt, error } = attempt;
  const why = error === null ? "" : `: ${error.code}, ${error.message}`;
  return {
    what: `attempt ${n}`,
    state:
      state === "acked" || state === "superseded"
        ? "ok"
        : state === "dispatched"
          ? "waits"
          : "unknown",
    says: `${state}${why}`,
    since: settledAt ?? startedAt,
  };
};

import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "../plan/random.ts";
import type { World } from "../world/start-world.ts";
import type { ApiClient } from "./api-client.ts";
import type { Account, Lead } from "./people.ts";
import type { Watch } from "./watch.ts";

/** What the suite asked for, by its own book: the judge holds the system to it. */
type Sent = {
  id: string;
  accountId: string;
  lead: string;
  text: string;
  cancelled: boolean;
};
type Reply = { id: string; accountId: string; from: string };

export type Traffic = {
  readonly sent: readonly Sent[];
  readonly replies: readonly Reply[];
  /** One message to every lead, and one back from each of its devices. */
  finalRound(): Promise<void>;
  /** Resolves when the last request has its answer. */
  stop(): Promise<void>;
};

export type TrafficDeps = {
  world: World;
  accounts: readonly Account[];
  api: ApiClient;
  watch: Watch;
  random: Random;
  onError(error: unknown): void;
};

const openMax = 10;
const cancelOneIn = 12;

/** Both directions at once, for as long as it runs: people do not wait for our crashes. */
export function startTraffic(deps: TrafficDeps): Traffic {
  const book: { sent: Sent[]; replies: Reply[] } = { sent: [], replies: [] };
  const stop = new AbortController();
  const write = createWriter(deps, book);
  const loops = deps.accounts.flatMap((account) => [
    repeat(deps, stop.signal, [350, 700], async () => {
      if (deps.watch.openOf(account.id) < openMax)
        await write.out(account, pickLead(deps, account));
    }),
    repeat(deps, stop.signal, [700, 1400], () => write.in(account, pickLead(deps, account))),
  ]);
  return {
    ...book,
    finalRound: async () => {
      for (const account of deps.accounts) {
        for (const lead of account.leads) {
          await write.out(account, lead, "plain");
          await write.reply(account, lead, "phone");
          await write.reply(account, lead, "companion");
        }
      }
    },
    stop: async () => {
      stop.abort();
      await Promise.all(loops);
    },
  };
}

function pickLead({ random }: TrafficDeps, account: Account): Lead {
  const lead = account.leads[random.between(0, account.leads.length - 1)];
  if (lead === undefined) throw new Error("an account without leads");
  return lead;
}

async function repeat(
  deps: TrafficDeps,
  signal: AbortSignal,
  [minMs, maxMs]: [number, number],
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await work();
    } catch (error) {
      deps.onError(error);
    }
    await delay(deps.random.between(minMs, maxMs), undefined, { signal }).catch(() => undefined);
  }
}

type Writer = {
  out(account: Account, lead: Lead, how?: "plain"): Promise<void>;
  in(account: Account, lead: Lead): Promise<void>;
  reply(account: Account, lead: Lead, from: "phone" | "companion"): Promise<void>;
};

function createWriter(deps: TrafficDeps, book: { sent: Sent[]; replies: Reply[] }): Writer {
  const { world, api, random } = deps;
  let n = 0;
  const out: Writer["out"] = async (account, lead, how) => {
    const text = `out ${(n += 1)} ${account.pod} ${lead.phone}`;
    // Held back a moment, so that the cancellation comes before the claim; sometimes it does not.
    const cancels = how === undefined && random.between(1, cancelOneIn) === 1;
    const id = await api.send(crypto.randomUUID(), {
      to: { identity: { channel: "whatsapp", kind: "phone", value: `+${lead.phone}` } },
      accountId: account.id,
      content: { type: "text", text },
      ...(cancels ? { sendAt: new Date(Date.now() + random.between(50, 1500)).toISOString() } : {}),
    });
    const sent = { id, accountId: account.id, lead: lead.phone, text, cancelled: false };
    book.sent.push(sent);
    if (cancels) sent.cancelled = await api.cancel(id);
  };
  const reply: Writer["reply"] = async (account, lead, from) => {
    const text = `in ${(n += 1)} ${lead.phone}`;
    const id =
      from === "phone"
        ? await world.sandbox.write(lead.phone, account.phone, text)
        : await world.companions.send(lead.phone, account.phone, text);
    book.replies.push({ id, accountId: account.id, from: lead.phone });
  };
  return {
    out,
    reply,
    in: (account, lead) => reply(account, lead, random.between(1, 3) === 1 ? "companion" : "phone"),
  };
}

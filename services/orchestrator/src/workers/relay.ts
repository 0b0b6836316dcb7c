import { makeRest, type RestPolicy } from "@rarity/platform/rest";
import type { Logger } from "pino";
import { makeSleeper } from "./sleeper.ts";

export interface RelayedEvent {
  readonly orgId: string;
  readonly accountId: string | null;
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly at: string;
  readonly data: unknown;
  /** The account has something new to send. */
  readonly wake: boolean;
  /** The trace its message was accepted in; null when nothing is traced. */
  readonly traceparent: string | null;
}

export interface RelayDeps {
  readonly logger: Logger;
  /** Moves about `max` events of the outbox to their streams, committed when it resolves. */
  readonly take: (max: number) => Promise<RelayedEvent[]>;
  readonly publish: (orgId: string, events: readonly RelayedEvent[]) => Promise<void>;
  readonly wake: (accountIds: string[]) => Promise<void>;
  readonly onRelayed: (count: number) => void;
  /** Told after everybody was told: when the relay of these events began. */
  readonly onTold: (events: readonly RelayedEvent[], startedAt: Date) => void;
}

export interface Relay {
  /** Something was committed: look now instead of at the next poll. Costs nothing when busy. */
  hint(): void;
  stop(): Promise<void>;
}

export interface RelayTiming {
  readonly batchMax: number;
  readonly pollMs: number;
  readonly retryMaxMs: number;
  /** After a take that found something, however many hints there are. */
  readonly rest: RestPolicy;
}

const defaultTiming: RelayTiming = {
  batchMax: 500,
  pollMs: 100,
  retryMaxMs: 5000,
  rest: { ratio: 4, maxMs: 25 },
};

/**
 * One loop: take, tell, repeat while batches come back full, else rest and wait for a hint or the poll. The poll
 * is what makes it correct; the hint only makes it quick.
 */
export function startRelay(deps: RelayDeps, timing: RelayTiming = defaultTiming): Relay {
  const idle = makeSleeper();
  const rest = makeRest(timing.rest);
  const backoff = makeSleeper();
  let stopped = false;
  let failures = 0;

  const turn = async (): Promise<void> => {
    try {
      const startedAt = performance.now();
      const taken = await relayOnce(deps, timing.batchMax);
      failures = 0;
      if (taken >= timing.batchMax) return;
      if (taken > 0) await rest.after(performance.now() - startedAt);
      await idle.sleep(timing.pollMs);
    } catch (error) {
      failures += 1;
      deps.logger.error({ err: error, failures }, "relay failed, trying again");
      await backoff.sleep(Math.min(timing.retryMaxMs, timing.pollMs * 2 ** failures));
    }
  };
  const loop = async (): Promise<void> => {
    while (!stopped) await turn();
  };
  const running = loop();

  return {
    hint: () => idle.wake(),
    stop: async () => {
      stopped = true;
      idle.wake();
      rest.end();
      backoff.wake();
      await running;
    },
  };
}

/** Takes one batch and tells the outside. After the take nothing may be lost by a failing Redis. */
export async function relayOnce(deps: RelayDeps, max: number): Promise<number> {
  const startedAt = new Date();
  const events = await deps.take(max);
  if (events.length === 0) return 0;
  deps.onRelayed(events.length);
  // The events are in their streams and the messages in their queues by now: a lost publication is
  // found by the sockets' look at the stream head, a lost wake-up by the sweeper.
  const wanted = events.filter((event) => event.wake && event.accountId !== null);
  const accounts = [...new Set(wanted.map((event) => event.accountId ?? ""))];
  const tellings = [...groupByOrg(events)].map(([orgId, group]) => deps.publish(orgId, group));
  if (accounts.length > 0) tellings.push(deps.wake(accounts));
  for (const outcome of await Promise.allSettled(tellings)) {
    if (outcome.status === "rejected") {
      deps.logger.warn({ err: outcome.reason as unknown }, "Redis did not take a hint");
    }
  }
  deps.onTold(events, startedAt);
  return events.length;
}

function groupByOrg(events: readonly RelayedEvent[]): Map<string, RelayedEvent[]> {
  const groups = new Map<string, RelayedEvent[]>();
  for (const event of events) {
    const group = groups.get(event.orgId);
    if (group) group.push(event);
    else groups.set(event.orgId, [event]);
  }
  return groups;
}

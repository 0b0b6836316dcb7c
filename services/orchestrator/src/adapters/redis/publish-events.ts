import { PublishedEvents, eventsChannel, eventsPattern } from "@rarity/contracts/events";
import type { Logger } from "@rarity/platform/logger";
import { publish, subscribe, type Redis, type Subscription } from "@rarity/platform/redis";
import type { StreamHub } from "../../sockets/stream-hub.ts";
import { toWireEvent } from "../../sockets/wire-event.ts";
import type { RelayedEvent } from "../../workers/relay.ts";
import { toStreamEvent } from "../store/read-stream.ts";

export function publishEvents(
  redis: Redis,
  orgId: string,
  events: readonly RelayedEvent[],
): Promise<void> {
  const published: PublishedEvents = {
    orgId,
    events: events.map((event) => toWireEvent(toStreamEvent(orgId, event))),
  };
  return publish(redis, eventsChannel(orgId), published);
}

/** Feeds the sockets of this process with what any orchestrator published. */
export function feedHub(redis: Redis, hub: StreamHub, logger: Logger): Subscription {
  return subscribe(redis, {
    channel: eventsPattern,
    logger,
    onMessage: (payload) => {
      const { orgId, events } = PublishedEvents.parse(payload);
      hub.push(orgId, events);
    },
    // What was published while we were away is in Postgres.
    onSubscribed: () => {
      hub.verify(0).catch((err: unknown) => logger.warn({ err }, "streams not verified"));
    },
  });
}

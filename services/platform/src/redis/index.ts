import { Redis } from "ioredis";
import type { Logger } from "../logger/index.ts";

export type { Redis } from "ioredis";

export interface RedisOptions {
  logger: Logger;
  name: string;
}

/** One connection whose commands fail fast while Redis is away; it reconnects by itself. */
export function createRedis(url: string, { logger, name }: RedisOptions): Redis {
  const redis = new Redis(url, {
    connectionName: name,
    maxRetriesPerRequest: 1,
    commandTimeout: 3_000,
    connectTimeout: 5_000,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 6), 2_000),
  });
  redis.on("error", (err: Error) => logger.warn({ err: err.message, redis: name }, "redis error"));
  return redis;
}

export async function publish(redis: Redis, channel: string, payload: unknown): Promise<void> {
  await redis.publish(channel, JSON.stringify(payload));
}

export interface Subscription {
  close(): Promise<void>;
}

export interface SubscribeOptions {
  /** A name, or a pattern when it holds a `*`. */
  channel: string;
  onMessage: (payload: unknown, channel: string) => void;
  /** After every (re)subscription: what was published meanwhile is lost, so read the truth again. */
  onSubscribed?: () => void;
  logger: Logger;
}

/** Owns a connection of its own, because a subscribed one can do nothing else. */
export function subscribe(redis: Redis, options: SubscribeOptions): Subscription {
  const { channel, onMessage, onSubscribed, logger } = options;
  const pattern = channel.includes("*");
  const reader = redis.duplicate({ maxRetriesPerRequest: null, autoResubscribe: false });
  reader.on("error", (err: Error) => logger.warn({ err: err.message }, "redis subscriber error"));
  reader.on("ready", () => {
    const subscribed = pattern ? reader.psubscribe(channel) : reader.subscribe(channel);
    subscribed.then(
      () => onSubscribed?.(),
      (err: unknown) => logger.warn({ err }, "redis subscribe failed"),
    );
  });
  const receive = (name: string, text: string): void => {
    try {
      onMessage(JSON.parse(text), name);
    } catch (err) {
      logger.warn({ err, channel: name }, "a published message was not understood");
    }
  };
  if (pattern) reader.on("pmessage", (_, name: string, text: string) => receive(name, text));
  else reader.on("message", receive);
  return {
    close: () => {
      reader.disconnect();
      return Promise.resolve();
    },
  };
}

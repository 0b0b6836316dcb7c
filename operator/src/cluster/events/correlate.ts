import type { KubeObject } from "../../api/objects.ts";
import type { ClusterEvent } from "../port.ts";

/** client-go's numbers (tools/record/events_cache.go), so that an object is as talkative as others. */
const similarMax = 10;
const similarWithinMs = 600_000;
const burst = 25;
const refillMs = 300_000;
const rememberedMax = 4096;

export interface CorrelatedEvent {
  /** The same for an event that happened before: what is written is its count. */
  key: string;
  /** How often, this time included. */
  count: number;
  firstMs: number;
  message: string;
}

export type Correlate = (about: KubeObject, event: ClusterEvent) => CorrelatedEvent | undefined;

/**
 * Decides what becomes of an event: the same again counts up, many that differ only in their message
 * become one, and an object that never stops is cut off (undefined). `nowMs` is any clock.
 */
export const createCorrelator = (nowMs: () => number): Correlate => {
  const similar = createMemory<{ messages: Set<string>; lastMs: number }>();
  const seen = createMemory<{ count: number; firstMs: number }>();
  const budgets = createMemory<{ tokens: number; atMs: number }>();

  const isAllowed = (source: string): boolean => {
    const now = nowMs();
    const budget = budgets.get(source) ?? { tokens: burst, atMs: now };
    const tokens = Math.min(burst, budget.tokens + (now - budget.atMs) / refillMs);
    budgets.set(source, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: now });
    return tokens >= 1;
  };

  const messageOf = (group: string, message: string): { text: string; isMany: boolean } => {
    const now = nowMs();
    const last = similar.get(group);
    const isOld = last === undefined || now - last.lastMs > similarWithinMs;
    const messages = isOld ? new Set<string>() : last.messages;
    // Beyond the limit nothing is learned, so the set stays small.
    if (messages.size <= similarMax) messages.add(message);
    similar.set(group, { messages, lastMs: now });
    const isMany = messages.size > similarMax;
    return { text: isMany ? `(combined from similar events): ${message}` : message, isMany };
  };

  return (about, { type, reason, action, message }) => {
    const source = about.metadata.uid ?? `${about.kind}/${about.metadata.name}`;
    const group = JSON.stringify([source, type, reason, action]);
    const { text, isMany } = messageOf(group, message);
    const key = isMany ? group : JSON.stringify([source, type, reason, action, message]);
    if (!isAllowed(source)) return undefined;
    const before = seen.get(key);
    const isOld = before === undefined || nowMs() - before.firstMs > similarWithinMs;
    const entry = isOld
      ? { count: 1, firstMs: nowMs() }
      : { count: before.count + 1, firstMs: before.firstMs };
    seen.set(key, entry);
    return { key, ...entry, message: text };
  };
};

/** A map that forgets what was used longest ago. */
const createMemory = <T>(): {
  get(key: string): T | undefined;
  set(key: string, value: T): void;
} => {
  const entries = new Map<string, T>();
  return {
    get: (key) => entries.get(key),
    set: (key, value) => {
      entries.delete(key);
      entries.set(key, value);
      const oldest = entries.keys().next();
      if (entries.size > rememberedMax && oldest.done !== true) entries.delete(oldest.value);
    },
  };
};

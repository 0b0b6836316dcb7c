/** How one link of a causal chain is: `waits` ends by itself, `stopped` needs somebody. */
export type LinkState = "ok" | "waits" | "stopped" | "unknown";

/** One thing between a wish and its fulfilment: a resource, a child, a pod, an event, a queue. */
export interface Link {
  what: string;
  state: LinkState;
  says: string;
  /** RFC 3339. */
  since?: string | undefined;
  /** What to do about it, as a command or a sentence. */
  next?: string | undefined;
}

export interface Chain {
  /** What was asked about. */
  about: string;
  /** One sentence: the answer. */
  verdict: string;
  links: Link[];
  /** What to do now; undefined when nothing has to be done. */
  next: string | undefined;
}

/** The first link that stops or holds up everything after it. */
export const culprit = (links: readonly Link[]): Link | undefined =>
  links.find(({ state }) => state === "stopped") ??
  links.find(({ state }) => state === "unknown") ??
  links.find(({ state }) => state === "waits");

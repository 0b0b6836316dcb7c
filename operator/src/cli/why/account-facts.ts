import type { KubeObject } from "../../api/objects.ts";

/** What is on record about one account, as far as the reader may see it. */
export interface AccountFacts {
  account: KubeObject;
  /** Undefined: there is none. */
  deployment: KubeObject | undefined;
  pods: readonly KubeObject[];
  /** Newest first. */
  events: readonly NoteEvent[];
  /** What could not be read, with the reason; nothing is concluded from its absence. */
  unread: readonly string[];
}

/** An Event, core/v1 or events.k8s.io/v1, as far as it is shown. */
export interface NoteEvent {
  type: string;
  reason: string;
  note: string;
  /** RFC 3339. */
  at: string | undefined;
  count: number;
}

import type { KubeObject } from "../../api/objects.ts";
import type { NoteEvent } from "../why/account-facts.ts";

/** An Event as core/v1 shows it; what events.k8s.io/v1 wrote has its times and counts elsewhere. */
interface CoreEvent extends KubeObject {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  series?: { count?: number; lastObservedTime?: string };
}

/** Newest first. */
export const toNoteEvents = (items: readonly KubeObject[]): NoteEvent[] =>
  (items as readonly CoreEvent[])
    .map((event) => ({
      type: event.type ?? "Normal",
      reason: event.reason ?? "",
      note: event.message ?? "",
      at: timeOf(event),
      count: event.series?.count ?? event.count ?? 1,
    }))
    .sort((a, b) => (b.at ?? "").localeCompare(a.at ?? ""));

const timeOf = ({ series, lastTimestamp, eventTime, metadata }: CoreEvent): string | undefined =>
  series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp;

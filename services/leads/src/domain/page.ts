import type { Page } from "@rarity/contracts/pagination";
import { z } from "zod";

/** Where a page starts. Lists are newest first, and ids sort by creation time. */
export interface PageStart {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

const Uuid = z.uuid();

/**
 * Opaque to callers, and not signed: the rows a cursor reaches are fenced by row-level security, so
 * a forged one can only skip the caller's own rows.
 */
export function encodeCursor(id: string): string {
  return Buffer.from(id).toString("base64url");
}

/** Undefined when the text was not made by `encodeCursor`. */
export function decodeCursor(cursor: string): string | undefined {
  const parsed = Uuid.safeParse(Buffer.from(cursor, "base64url").toString("utf8"));
  return parsed.success ? parsed.data : undefined;
}

/**
 * Cuts a page out of `limit + 1` fetched rows. For `before` they come in the reverse of reading
 * order and are turned round here, nowhere else.
 */
export function cutPage<T extends { id: string }>(rows: readonly T[], start: PageStart): Page<T> {
  const backwards = start.before !== undefined;
  const more = rows.length > start.limit;
  const cut = rows.slice(0, start.limit);
  const data = backwards ? cut.reverse() : cut;
  const first = data[0];
  const last = data.at(-1);
  const hasNext = backwards || more;
  const hasPrev = backwards ? more : start.after !== undefined;
  return {
    data,
    page: {
      next: hasNext && last ? encodeCursor(last.id) : null,
      prev: hasPrev && first ? encodeCursor(first.id) : null,
      hasMore: more,
    },
  };
}

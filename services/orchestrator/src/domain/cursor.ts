import type { z } from "zod";

/**
 * Cursors are opaque to callers and carry the sort key of one row. They are not signed: the rows
 * they reach are fenced by row-level security, so a forged cursor can only skip the caller's own rows.
 */
export function encodeCursor(parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** Undefined when the text was not made by `encodeCursor` for this list. */
export function decodeCursor<T extends z.ZodType>(
  schema: T,
  text: string,
): z.output<T> | undefined {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    const result = schema.safeParse(parsed);
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}

export interface PageRequest {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

export interface PageResult<T> {
  data: T[];
  page: { next: string | null; prev: string | null; hasMore: boolean };
}

/**
 * Cuts one page out of `limit + 1` fetched rows. Rows come in fetch order: for `before` that is the
 * reverse of reading order, so they are turned round here and nowhere else.
 */
export function cutPage<T>(
  rows: readonly T[],
  request: PageRequest,
  cursorOf: (row: T) => string,
): PageResult<T> {
  const backwards = request.before !== undefined;
  const more = rows.length > request.limit;
  const cut = rows.slice(0, request.limit);
  const data = backwards ? cut.reverse() : cut;
  const first = data[0];
  const last = data.at(-1);
  const hasNext = backwards || more;
  const hasPrev = backwards ? more : request.after !== undefined;
  return {
    data,
    page: {
      next: hasNext && last !== undefined ? cursorOf(last) : null,
      prev: hasPrev && first !== undefined ? cursorOf(first) : null,
      hasMore: more,
    },
  };
}

import { AppError } from "@rarity/platform/errors";
import { decodeCursor, type PageStart } from "../domain/page.ts";

/** Turns a caller's cursors into ids, or refuses them. */
export function startPage({ limit, after, before }: PageStart): PageStart {
  if (after !== undefined && before !== undefined) {
    throw refusal("before", "Give `after` or `before`, not both");
  }
  return { limit, after: idOf("after", after), before: idOf("before", before) };
}

function idOf(path: string, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const id = decodeCursor(cursor);
  if (id === undefined) throw refusal(path, "The cursor was not made by this list");
  return id;
}

function refusal(path: string, message: string): AppError {
  const issues = [{ path, message }];
  return new AppError("VALIDATION_FAILED", undefined, { details: { issues } });
}

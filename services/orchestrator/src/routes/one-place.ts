import { AppError } from "@rarity/platform/errors";

/** A list is read from one place in one direction. */
export function onePlace<T extends { after?: string | undefined; before?: string | undefined }>(
  query: T,
): T {
  if (query.after === undefined || query.before === undefined) return query;
  throw new AppError("VALIDATION_FAILED", "Give `after` or `before`, not both", {
    details: { issues: [{ path: "before", message: "not together with after", in: "query" }] },
  });
}

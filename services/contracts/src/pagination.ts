import { z } from "zod";

export const pageLimits = { default: 50, max: 200 } as const;

/** Opaque to callers; at most one of `after` and `before`. */
export const Cursor = z.string().min(1).max(512);

/** Spread into a list route's query object. */
export const pageQueryShape = {
  limit: z.coerce.number().int().min(1).max(pageLimits.max).default(pageLimits.default),
  after: Cursor.optional(),
  before: Cursor.optional(),
};

export const PageQuery = z.strictObject(pageQueryShape);
export type PageQuery = z.infer<typeof PageQuery>;

export const PageInfo = z.strictObject({
  next: z.string().nullable(),
  prev: z.string().nullable(),
  hasMore: z.boolean(),
});
export type PageInfo = z.infer<typeof PageInfo>;

// The return type is the point of inference here: spelling it out would repeat the body.
// eslint-disable-next-line @typescript-eslint/explicit-module-boundary-types
export function pageOf<T extends z.ZodType>(item: T) {
  return z.strictObject({ data: z.array(item), page: PageInfo });
}

export interface Page<T> {
  data: T[];
  page: PageInfo;
}

/** `?flag=true`; anything but true and false is refused. */
export const BooleanQuery = z
  .enum(["true", "false"])
  .transform((value) => value === "true")
  .optional();

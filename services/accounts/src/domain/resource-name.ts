import { createHash } from "node:crypto";

/** Resources take names of at most 47 characters; nine of them are the organization's. */
const nameMax = 38;

/**
 * The name of an account's resource. Organizations share a namespace, and two may call an account
 * the same, so the last digits of the organization's id (the random ones of a UUIDv7) are in it.
 */
export const resourceName = (name: string, orgId: string): string =>
  `${shorten(name)}-${orgId.slice(-8).toLowerCase()}`;

/** Two long names that begin alike stay apart. */
const shorten = (name: string): string => {
  if (name.length <= nameMax) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return `${name.slice(0, nameMax - 9).replace(/[-.]+$/, "")}-${hash}`;
};

/**
 * The name of an account's resource. Organizations share a namespace, and two may call an account
 * the same, so the last digits of the organization's id (the random ones of a UUIDv7) are in it.
 */
export const resourceName = (name: string, orgId: string): string =>
  `${name.slice(0, 45)}-${orgId.slice(-8).toLowerCase()}`;

import { roleScopes, type Role, type Scope } from "@rarity/contracts/scopes";

/** Why a change to a member is refused, or undefined when it is allowed. */
export type MemberRefusal = string | undefined;

/** Owners may do anything; others may neither touch an owner nor make one. */
export function refuseMemberChange(
  actor: Role | null,
  target: Role,
  next: Role | null,
): MemberRefusal {
  if (actor === "owner") return undefined;
  if (actor !== "admin") return "Only owners and admins manage members";
  if (target === "owner") return "Only an owner may change an owner";
  if (next === "owner") return "Only an owner may make another owner";
  return undefined;
}

/** The scopes asked for that the maker of a key does not have; a key never exceeds its maker. */
export function excessScopes(held: readonly string[], asked: readonly Scope[]): Scope[] {
  return asked.filter((scope) => !held.includes(scope));
}

/** What a key may do now: its own list, cut down to what its maker's present role allows. */
export function effectiveScopes(keyScopes: readonly Scope[], role: Role): Scope[] {
  return keyScopes.filter((scope) => roleScopes[role].includes(scope));
}

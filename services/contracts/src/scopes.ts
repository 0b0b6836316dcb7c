import { z } from "zod";

export const roleNames = ["owner", "admin", "manager", "rep", "viewer"] as const;
export const Role = z.enum(roleNames);
export type Role = z.infer<typeof Role>;

export const scopeNames = [
  "messages:read",
  "messages:write",
  "conversations:read",
  "conversations:write",
  "leads:read",
  "leads:write",
  "accounts:read",
  "accounts:write",
  "org:read",
  "org:write",
  "keys:write",
] as const;
export const Scope = z.enum(scopeNames);
export type Scope = z.infer<typeof Scope>;

const read = scopeNames.filter((scope) => scope.endsWith(":read"));
const rep: Scope[] = [...read, "messages:write", "conversations:write", "leads:write"];

/** What a role may do. API keys carry their own list instead, never more than their maker's. */
export const roleScopes: Record<Role, readonly Scope[]> = {
  viewer: read,
  rep,
  manager: [...rep, "accounts:write"],
  admin: scopeNames,
  owner: scopeNames,
};

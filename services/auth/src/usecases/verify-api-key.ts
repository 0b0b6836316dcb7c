import { timingSafeEqual } from "node:crypto";
import type { VerifiedApiKey } from "@rarity/contracts/internal";
import type { z } from "zod";
import type { Role } from "@rarity/contracts/scopes";
import { effectiveScopes } from "../domain/member-rules.ts";
import { apiKeyHintLength, hashSecretToken, looksLikeSecretToken } from "../domain/secret-token.ts";
import type { ApiKeyCandidate, AuthDeps } from "./ports.ts";

type Verdict = z.input<typeof VerifiedApiKey>;
type KeyDeps = Pick<AuthDeps, "apiKeys" | "organizations" | "now">;

const invalid: Verdict = {
  valid: false,
  keyId: null,
  orgId: null,
  userId: null,
  role: null,
  scopes: [],
  expiresAt: null,
};

/** Whether a key is valid now, and what it may do: never more than its maker still may. */
export async function verifyApiKey(deps: KeyDeps, text: string): Promise<Verdict> {
  if (!looksLikeSecretToken("rlk_", text)) return invalid;
  const key = await findKey(deps, text);
  if (!key || key.revokedAt || (key.expiresAt && key.expiresAt <= deps.now())) return invalid;
  const role = await presentRole(deps, key);
  if (!role) return invalid;
  await deps.apiKeys.touch(key.orgId, key.id);
  return {
    valid: true,
    keyId: key.id,
    orgId: key.orgId,
    userId: key.createdBy,
    role,
    scopes: effectiveScopes(key.scopes, role),
    expiresAt: key.expiresAt?.toISOString() ?? null,
  };
}

/** Compares every row of the prefix in constant time, so the time taken says nothing about a hash. */
async function findKey(deps: KeyDeps, text: string): Promise<ApiKeyCandidate | undefined> {
  const hash = hashSecretToken(text);
  const candidates = await deps.apiKeys.candidates(text.slice(0, apiKeyHintLength));
  const equal = candidates.filter((row) => {
    return row.hash.length === hash.length && timingSafeEqual(row.hash, hash);
  });
  return equal[0];
}

/** A key ends when its maker leaves; a key without a maker keeps the role it was made with. */
async function presentRole(deps: KeyDeps, key: ApiKeyCandidate): Promise<Role | undefined> {
  if (key.createdBy === null) return key.role;
  const memberships = await deps.organizations.membershipsOf(key.createdBy);
  return memberships.find(({ orgId }) => orgId === key.orgId)?.role;
}

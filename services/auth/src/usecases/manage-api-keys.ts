import type { ApiKey, CreateApiKeyBody, CreatedApiKey } from "@rarity/contracts/auth";
import type { Role } from "@rarity/contracts/scopes";
import { AppError } from "@rarity/platform/errors";
import { excessScopes } from "../domain/member-rules.ts";
import { newSecretToken } from "../domain/secret-token.ts";
import type { ApiKeyRow, AuthDeps } from "./ports.ts";

/** A caller that acts in one organization. */
export interface TenantCaller {
  readonly orgId: string;
  readonly userId: string;
  readonly role: Role | null;
  readonly scopes: readonly string[];
}

type KeyDeps = Pick<AuthDeps, "apiKeys" | "now">;

export async function listApiKeys(deps: KeyDeps, { orgId }: TenantCaller): Promise<ApiKey[]> {
  return (await deps.apiKeys.list(orgId)).map(toApiKey);
}

export async function createApiKey(
  deps: KeyDeps,
  caller: TenantCaller,
  body: CreateApiKeyBody,
): Promise<CreatedApiKey> {
  const excess = excessScopes(caller.scopes, body.scopes);
  if (excess.length > 0) {
    throw new AppError("FORBIDDEN", "A key cannot do more than its maker", { details: { excess } });
  }
  const { token, hash, hint } = newSecretToken("rlk_");
  const row = await deps.apiKeys.insert({
    orgId: caller.orgId,
    name: body.name,
    prefix: hint,
    hash,
    scopes: [...new Set(body.scopes)],
    role: caller.role ?? "viewer",
    createdBy: caller.userId,
    expiresAt: expiry(deps.now(), body.expiresInDays),
  });
  return { ...toApiKey(row), key: token };
}

export async function revokeApiKey(
  deps: KeyDeps,
  { orgId }: TenantCaller,
  id: string,
): Promise<void> {
  if (!(await deps.apiKeys.revoke(orgId, id))) throw new AppError("NOT_FOUND");
}

function expiry(now: Date, days: number | undefined): Date | null {
  return days === undefined ? null : new Date(now.getTime() + days * 86_400_000);
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    prefix: row.prefix,
    scopes: row.scopes,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  };
}

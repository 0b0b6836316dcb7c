import { VerifiedApiKey, verifyApiKeyRoute } from "@rarity/contracts/internal";
import { AppError } from "../errors/index.ts";
import type { AuthContext } from "./token-verifier.ts";

export interface ApiKeyVerifierOptions {
  readonly authUrl: string;
  readonly internalToken: string;
  readonly timeoutMs?: number;
}

export type ApiKeyVerifier = (key: string) => Promise<AuthContext | null>;

/** Keys live with the auth service; only it can tell a live one from a revoked one. */
export function createApiKeyVerifier(options: ApiKeyVerifierOptions): ApiKeyVerifier {
  const { authUrl, internalToken, timeoutMs = 3000 } = options;
  const url = new URL(verifyApiKeyRoute.path, authUrl);
  return async (key) => {
    const answer = await ask(url, { key, internalToken, timeoutMs });
    if (!answer.valid || answer.orgId === null) return null;
    return {
      kind: "apiKey",
      userId: answer.userId ?? answer.keyId ?? answer.orgId,
      orgId: answer.orgId,
      role: answer.role,
      scopes: answer.scopes,
      // A key without an end is bounded by the verifier's own short memory.
      tokenExp: answer.expiresAt === null ? endOfTime : Date.parse(answer.expiresAt) / 1000,
    };
  };
}

const endOfTime = Date.UTC(9999, 0) / 1000;

async function ask(
  url: URL,
  { key, internalToken, timeoutMs }: { key: string; internalToken: string; timeoutMs: number },
): Promise<VerifiedApiKey> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${internalToken}` },
      body: JSON.stringify({ key }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new Error(`the auth service answered ${response.status}`);
    return VerifiedApiKey.parse(await response.json());
  } catch (cause) {
    throw new AppError("UNAVAILABLE", "API keys cannot be verified now", { retryAfterS: 2, cause });
  }
}

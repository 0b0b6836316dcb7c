import { verifyApiKeyRoute } from "@rarity/contracts/internal";
import type { AuthContext } from "@rarity/platform/auth";
import { AppError } from "@rarity/platform/errors";

const timeoutMs = 3_000;
const cacheForS = 60;

/** Asks the auth service. An unreachable service is not the same as a bad key. */
export const createApiKeyVerifier =
  (authUrl: string, internalToken: string) =>
  async (key: string): Promise<AuthContext | null> => {
    const url = new URL(verifyApiKeyRoute.path, authUrl);
    const headers = {
      authorization: `Bearer ${internalToken}`,
      "content-type": "application/json",
    };
    const signal = AbortSignal.timeout(timeoutMs);
    const body = JSON.stringify({ key });
    const answer = await fetch(url, { method: "POST", headers, body, signal }).catch(
      (cause: unknown) => {
        throw unavailable(cause);
      },
    );
    if (!answer.ok) throw unavailable(answer.status);
    const found = verifyApiKeyRoute.response.schema.parse(await answer.json());
    if (!found.valid || found.userId === null || found.orgId === null) return null;
    const { userId, orgId, role, scopes, expiresAt } = found;
    const expiresS =
      expiresAt === null ? Date.now() / 1000 + cacheForS : Date.parse(expiresAt) / 1000;
    return { userId, orgId, role, scopes, tokenExp: expiresS, kind: "apiKey" };
  };

const unavailable = (cause: unknown): AppError =>
  new AppError("UNAVAILABLE", "API keys cannot be verified now", { retryAfterS: 2, cause });

import { hashSecretToken, looksLikeSecretToken } from "../domain/secret-token.ts";
import type { AuthDeps } from "./ports.ts";

/** Ends the session of a refresh token. Says nothing about whether there was one. */
export async function signOut(
  deps: Pick<AuthDeps, "refreshTokens">,
  { refreshToken }: { readonly refreshToken: string },
): Promise<void> {
  if (!looksLikeSecretToken("rlr_", refreshToken)) return;
  const token = await deps.refreshTokens.find(hashSecretToken(refreshToken));
  if (token) await deps.refreshTokens.revokeFamily(token.family);
}

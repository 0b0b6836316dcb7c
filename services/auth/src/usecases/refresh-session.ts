import type { RefreshBody, Session } from "@rarity/contracts/auth";
import { AppError } from "@rarity/platform/errors";
import { hashSecretToken, looksLikeSecretToken } from "../domain/secret-token.ts";
import { newRefreshToken, sessionAnswer } from "./open-session.ts";
import type { AuthDeps, MembershipRow, RefreshTokenRow } from "./ports.ts";

/** Exchanges a refresh token once. A second use means that two hold it, so the session ends for both. */
export async function refreshSession(deps: AuthDeps, input: RefreshBody): Promise<Session> {
  const token = await freshToken(deps, input.refreshToken);
  const user = await deps.users.findById(token.userId);
  if (!user || user.disabled) throw ended();
  const membership = chooseMembership(await deps.organizations.membershipsOf(user.id), {
    asked: input.orgId,
    last: token.orgId,
  });
  const { secret, stored } = newRefreshToken(deps, { user, membership });
  if (!(await deps.refreshTokens.rotate(token.id, stored))) {
    await deps.refreshTokens.revokeFamily(token.family);
    throw ended();
  }
  return sessionAnswer(deps, {
    user,
    membership,
    family: token.family,
    refreshToken: secret.token,
  });
}

async function freshToken(
  deps: Pick<AuthDeps, "refreshTokens">,
  text: string,
): Promise<RefreshTokenRow> {
  if (!looksLikeSecretToken("rlr_", text)) throw ended();
  const token = await deps.refreshTokens.find(hashSecretToken(text));
  if (token?.state === "spent") await deps.refreshTokens.revokeFamily(token.family);
  if (token?.state !== "fresh") throw ended();
  return token;
}

/** The organization asked for, else the last one, else the oldest; rights are read anew each time. */
function chooseMembership(
  memberships: readonly MembershipRow[],
  { asked, last }: { asked: string | undefined; last: string | null },
): MembershipRow | undefined {
  if (asked === undefined) {
    return memberships.find(({ orgId }) => orgId === last) ?? memberships[0];
  }
  const chosen = memberships.find(({ orgId }) => orgId === asked);
  if (!chosen) throw new AppError("FORBIDDEN", "The person is no member of that organization");
  return chosen;
}

function ended(): AppError {
  return new AppError("UNAUTHENTICATED", "The session has ended; sign in again");
}

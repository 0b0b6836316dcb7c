import type { Session } from "@rarity/contracts/auth";
import { accessClaims } from "../domain/access-claims.ts";
import { newSecretToken, type SecretToken } from "../domain/secret-token.ts";
import { sessionStartS } from "../domain/session-start.ts";
import type { AuthDeps, MembershipRow, NewRefreshToken, UserRow } from "./ports.ts";

type SessionDeps = Pick<AuthDeps, "tokens" | "refreshTokens" | "now" | "refreshLifetimeS">;

export interface SessionSubject {
  readonly user: UserRow;
  readonly membership: MembershipRow | undefined;
}

/** Begins a session for a person who has just proved who they are. */
export async function openSession(deps: SessionDeps, subject: SessionSubject): Promise<Session> {
  const { secret, stored } = newRefreshToken(deps, subject);
  const family = await deps.refreshTokens.begin(subject.user.id, stored);
  return sessionAnswer(deps, { ...subject, family, refreshToken: secret.token });
}

export function newRefreshToken(
  deps: SessionDeps,
  { membership }: SessionSubject,
): { secret: SecretToken; stored: NewRefreshToken } {
  const secret = newSecretToken("rlr_");
  const expiresAt = new Date(deps.now().getTime() + deps.refreshLifetimeS * 1000);
  const orgId = membership?.orgId ?? null;
  return { secret, stored: { hash: secret.hash, orgId, expiresAt } };
}

export async function sessionAnswer(
  deps: Pick<AuthDeps, "tokens">,
  subject: SessionSubject & { readonly family: string; readonly refreshToken: string },
): Promise<Session> {
  const { user, membership, family, refreshToken } = subject;
  const access = await deps.tokens.issue(
    accessClaims({
      userId: user.id,
      email: user.email,
      name: user.name,
      sessionId: family,
      authenticatedAtS: sessionStartS(family),
      membership,
    }),
  );
  return {
    accessToken: access.token,
    tokenType: "bearer",
    expiresIn: access.expiresInS,
    expiresAt: access.expiresAt.toISOString(),
    refreshToken,
    user: {
      id: user.id,
      email: user.email,
      name: user.name,
      orgId: membership?.orgId ?? null,
      role: membership?.role ?? null,
    },
  };
}

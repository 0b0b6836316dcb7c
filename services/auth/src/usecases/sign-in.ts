import type { Session, SignInBody } from "@rarity/contracts/auth";
import { AppError } from "@rarity/platform/errors";
import { openSession } from "./open-session.ts";
import type { AuthDeps, UserRow } from "./ports.ts";
import { takeOrRefuse } from "./take-or-refuse.ts";

/**
 * One answer for a wrong password, an unknown address and a disabled person, after the same work, so
 * that it tells nobody who is registered. Attempts count per caller and per caller and address; never
 * per address alone, which would let anybody lock a person out.
 */
export async function signIn(
  deps: AuthDeps,
  { email, password, caller }: SignInBody & { readonly caller: string },
): Promise<Session> {
  const buckets = [
    [`sign-in:${caller}`, deps.limits.signInsPerCaller],
    [`sign-in:${caller}:${email}`, deps.limits.signInsPerCallerAndEmail],
  ] as const;
  for (const [key, limit] of buckets) takeOrRefuse(deps, key, limit);

  const found = await deps.users.findByEmail(email);
  const user = found?.disabled === true ? undefined : found;
  const valid = await deps.passwords.verify(password, user?.passwordHash);
  if (!valid || !user) {
    throw new AppError("UNAUTHENTICATED", "The e-mail address or the password is wrong");
  }
  for (const [key, limit] of buckets) deps.limiter.giveBack(key, limit);

  await deps.users.recordSignIn(user.id, await newerHash(deps, user, password));
  const [membership] = await deps.organizations.membershipsOf(user.id);
  return openSession(deps, { user, membership });
}

/** Only now is the password at hand to hash it with parameters that were raised since. */
async function newerHash(
  { passwords }: Pick<AuthDeps, "passwords">,
  user: UserRow,
  password: string,
): Promise<string | undefined> {
  return passwords.needsRehash(user.passwordHash) ? passwords.hash(password) : undefined;
}

import type { Session, SignUpBody } from "@rarity/contracts/auth";
import { AppError } from "@rarity/platform/errors";
import { openSession } from "./open-session.ts";
import type { AuthDeps } from "./ports.ts";
import { takeOrRefuse } from "./take-or-refuse.ts";

export async function signUp(
  deps: AuthDeps,
  input: SignUpBody & { readonly caller: string },
): Promise<Session> {
  takeOrRefuse(deps, `sign-up:${input.caller}`, deps.limits.signUpsPerCaller);
  const passwordHash = await deps.passwords.hash(input.password);
  const { email, name, organizationName } = input;
  const user = await deps.users.insert({ email, name, passwordHash, organizationName });
  if (!user) throw new AppError("CONFLICT", "This e-mail address is registered already");
  const [membership] = await deps.organizations.membershipsOf(user.id);
  return openSession(deps, { user, membership });
}

import type { Role } from "@rarity/contracts/scopes";

export interface AccessSubject {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly sessionId: string;
  /** When the person typed the password, in seconds; refreshing does not move it. */
  readonly authenticatedAtS: number;
  readonly membership: { readonly orgId: string; readonly role: Role } | undefined;
}

/**
 * The claims of an access token without its times, in Supabase Auth's shape, so that the same
 * policies (`auth.uid()`, `auth.jwt()`) read ours and Supabase's. Rights come from `app_metadata`
 * only: `user_metadata` is the person's own to edit.
 */
export function accessClaims(subject: AccessSubject): Record<string, unknown> {
  return {
    sub: subject.userId,
    role: "authenticated",
    email: subject.email,
    phone: "",
    app_metadata: {
      provider: "email",
      providers: ["email"],
      ...(subject.membership && {
        org_id: subject.membership.orgId,
        org_role: subject.membership.role,
      }),
    },
    user_metadata: { name: subject.name },
    aal: "aal1",
    amr: [{ method: "password", timestamp: subject.authenticatedAtS }],
    session_id: subject.sessionId,
    is_anonymous: false,
  };
}

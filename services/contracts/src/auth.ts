import { z } from "zod";
import { Id, IdParams, OrgId, Time } from "./ids.ts";
import { defineRoute } from "./route.ts";
import { Role, Scope } from "./scopes.ts";

const email = z.email().max(254).toLowerCase();
const password = z.string().min(10).max(128);
const orgName = z.string().trim().min(1).max(100);

/** The claims of a user token, the shape Supabase Auth issues. */
export const UserClaims = z.looseObject({
  sub: z.string(),
  iss: z.string().optional(),
  aud: z.union([z.string(), z.array(z.string())]).optional(),
  exp: z.number(),
  role: z.string().optional(),
  email: z.string().optional(),
  app_metadata: z.looseObject({ org_id: Id.optional(), org_role: Role.optional() }).optional(),
});
export type UserClaims = z.infer<typeof UserClaims>;

export const SignUpBody = z.strictObject({
  email,
  password,
  name: z.string().trim().min(1).max(100),
  organizationName: orgName.optional(),
});
export type SignUpBody = z.infer<typeof SignUpBody>;

export const SignInBody = z.strictObject({ email, password: z.string().min(1).max(128) });
export type SignInBody = z.infer<typeof SignInBody>;

export const RefreshBody = z.strictObject({
  refreshToken: z.string().min(1).max(512),
  /** Switch to another organization of the same person. */
  orgId: OrgId.optional(),
});
export type RefreshBody = z.infer<typeof RefreshBody>;

export const SignOutBody = z.strictObject({ refreshToken: z.string().min(1).max(512) });
export type SignOutBody = z.infer<typeof SignOutBody>;

export const User = z.strictObject({
  id: Id,
  email: z.string(),
  name: z.string(),
  orgId: OrgId.nullable(),
  role: Role.nullable(),
});
export type User = z.infer<typeof User>;

export const Session = z.strictObject({
  accessToken: z.string(),
  tokenType: z.literal("bearer"),
  expiresIn: z.int().positive(),
  expiresAt: Time,
  refreshToken: z.string(),
  user: User,
});
export type Session = z.infer<typeof Session>;

export const Organization = z.strictObject({
  id: OrgId,
  name: z.string(),
  role: Role,
  createdAt: Time,
});
export type Organization = z.infer<typeof Organization>;

export const Member = z.strictObject({
  userId: Id,
  email: z.string(),
  name: z.string(),
  role: Role,
  createdAt: Time,
});
export type Member = z.infer<typeof Member>;

export const ApiKey = z.strictObject({
  id: Id,
  name: z.string(),
  prefix: z.string(),
  scopes: z.array(Scope),
  createdAt: Time,
  expiresAt: Time.nullable(),
  lastUsedAt: Time.nullable(),
  revokedAt: Time.nullable(),
});
export type ApiKey = z.infer<typeof ApiKey>;

export const CreateApiKeyBody = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(Scope).min(1),
  expiresInDays: z.int().min(1).max(3650).optional(),
});
export type CreateApiKeyBody = z.infer<typeof CreateApiKeyBody>;

/** The key itself is shown here once and never again. */
export const CreatedApiKey = z.strictObject({ ...ApiKey.shape, key: z.string() });
export type CreatedApiKey = z.infer<typeof CreatedApiKey>;

const readErrors = ["UNAUTHENTICATED", "FORBIDDEN"] as const;
const bodyErrors = [
  "VALIDATION_FAILED",
  "MALFORMED_JSON",
  "UNSUPPORTED_MEDIA_TYPE",
  "API_RATE_LIMITED",
] as const;
const open = { tag: "auth", auth: "none" } as const;
const admin = { tag: "auth", auth: "tenant", scopes: ["org:write"] } as const;

export const signUpRoute = defineRoute({
  ...open,
  method: "POST",
  path: "/api/auth/sign-up",
  operationId: "signUp",
  summary: "Create a person and, with a name given, their organization",
  body: SignUpBody,
  response: { status: 201, schema: Session },
  errors: [...bodyErrors, "CONFLICT"],
});

export const signInRoute = defineRoute({
  ...open,
  method: "POST",
  path: "/api/auth/sign-in",
  operationId: "signIn",
  summary: "Exchange e-mail and password for tokens",
  body: SignInBody,
  response: { status: 200, schema: Session },
  errors: [...bodyErrors, "UNAUTHENTICATED"],
});

export const refreshRoute = defineRoute({
  ...open,
  method: "POST",
  path: "/api/auth/refresh",
  operationId: "refreshSession",
  summary: "Exchange a refresh token for new tokens; each works once",
  body: RefreshBody,
  response: { status: 200, schema: Session },
  errors: [...bodyErrors, "UNAUTHENTICATED", "FORBIDDEN"],
});

export const signOutRoute = defineRoute({
  ...open,
  method: "POST",
  path: "/api/auth/sign-out",
  operationId: "signOut",
  summary: "End a session",
  body: SignOutBody,
  response: { status: 204 },
  errors: bodyErrors,
});

export const getMeRoute = defineRoute({
  tag: "auth",
  auth: "user",
  method: "GET",
  path: "/api/auth/me",
  operationId: "getMe",
  summary: "Read who the token belongs to",
  response: { status: 200, schema: User },
  errors: readErrors,
});

export const listOrganizationsRoute = defineRoute({
  tag: "auth",
  auth: "user",
  method: "GET",
  path: "/api/organizations",
  operationId: "listOrganizations",
  summary: "List the organizations the person belongs to",
  response: { status: 200, schema: z.strictObject({ data: z.array(Organization) }) },
  errors: readErrors,
});

export const createOrganizationRoute = defineRoute({
  tag: "auth",
  auth: "user",
  method: "POST",
  path: "/api/organizations",
  operationId: "createOrganization",
  summary: "Create an organization owned by the person",
  body: z.strictObject({ name: orgName }),
  response: { status: 201, schema: Organization },
  errors: [...bodyErrors, ...readErrors],
});

export const listMembersRoute = defineRoute({
  tag: "auth",
  auth: "tenant",
  scopes: ["org:read"],
  method: "GET",
  path: "/api/members",
  operationId: "listMembers",
  summary: "List the people of the organization",
  response: { status: 200, schema: z.strictObject({ data: z.array(Member) }) },
  errors: readErrors,
});

export const addMemberRoute = defineRoute({
  ...admin,
  method: "POST",
  path: "/api/members",
  operationId: "addMember",
  summary: "Add a registered person to the organization",
  body: z.strictObject({ email, role: Role.exclude(["owner"]) }),
  response: { status: 201, schema: Member },
  errors: [...bodyErrors, ...readErrors, "NOT_FOUND", "CONFLICT"],
});

export const updateMemberRoute = defineRoute({
  ...admin,
  method: "PATCH",
  path: "/api/members/:id",
  operationId: "updateMember",
  summary: "Change the role of a member",
  params: IdParams,
  body: z.strictObject({ role: Role }),
  response: { status: 200, schema: Member },
  errors: [...bodyErrors, ...readErrors, "NOT_FOUND", "CONFLICT"],
});

export const removeMemberRoute = defineRoute({
  ...admin,
  method: "DELETE",
  path: "/api/members/:id",
  operationId: "removeMember",
  summary: "Remove a member; the last owner stays",
  params: IdParams,
  response: { status: 204 },
  errors: ["VALIDATION_FAILED", ...readErrors, "NOT_FOUND", "CONFLICT"],
});

const keys = { tag: "auth", auth: "tenant", scopes: ["keys:write"] } as const;

export const listApiKeysRoute = defineRoute({
  ...keys,
  method: "GET",
  path: "/api/api-keys",
  operationId: "listApiKeys",
  summary: "List API keys without their secrets",
  response: { status: 200, schema: z.strictObject({ data: z.array(ApiKey) }) },
  errors: readErrors,
});

export const createApiKeyRoute = defineRoute({
  ...keys,
  method: "POST",
  path: "/api/api-keys",
  operationId: "createApiKey",
  summary: "Create an API key; it is shown once",
  body: CreateApiKeyBody,
  response: { status: 201, schema: CreatedApiKey },
  errors: [...bodyErrors, ...readErrors],
});

export const revokeApiKeyRoute = defineRoute({
  ...keys,
  method: "DELETE",
  path: "/api/api-keys/:id",
  operationId: "revokeApiKey",
  summary: "Revoke an API key",
  params: IdParams,
  response: { status: 204 },
  errors: ["VALIDATION_FAILED", ...readErrors, "NOT_FOUND"],
});

export const jwksRoute = defineRoute({
  ...open,
  method: "GET",
  path: "/api/auth/jwks",
  operationId: "getJwks",
  summary: "Public keys that verify our tokens",
  response: {
    status: 200,
    schema: z.strictObject({ keys: z.array(z.record(z.string(), z.unknown())) }),
  },
  errors: [],
});

export const authRoutes = [
  signUpRoute,
  signInRoute,
  refreshRoute,
  signOutRoute,
  getMeRoute,
  listOrganizationsRoute,
  createOrganizationRoute,
  listMembersRoute,
  addMemberRoute,
  updateMemberRoute,
  removeMemberRoute,
  listApiKeysRoute,
  createApiKeyRoute,
  revokeApiKeyRoute,
  jwksRoute,
] as const;

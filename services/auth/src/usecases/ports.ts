import type { Role, Scope } from "@rarity/contracts/scopes";
import type { RateLimit, RateLimiter } from "../domain/rate-limiter.ts";

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes as long for a user that does not exist (`stored` undefined) as for one that does. */
  verify(password: string, stored: string | undefined): Promise<boolean>;
  needsRehash(stored: string): boolean;
}

export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly passwordHash: string;
  readonly disabled: boolean;
}

export interface NewUser {
  readonly email: string;
  readonly name: string;
  readonly passwordHash: string;
  /** Founds an organization owned by the person, in the same transaction. */
  readonly organizationName: string | undefined;
}

export interface Users {
  /** Undefined when the e-mail is taken. */
  insert(user: NewUser): Promise<UserRow | undefined>;
  findByEmail(email: string): Promise<UserRow | undefined>;
  findById(id: string): Promise<UserRow | undefined>;
  findMany(ids: readonly string[]): Promise<UserRow[]>;
  /** Notes a sign-in, and a hash made with newer parameters when there is one. */
  recordSignIn(id: string, newHash: string | undefined): Promise<void>;
}

export interface RefreshTokenRow {
  readonly id: string;
  readonly userId: string;
  /** The organization the last access token was for. */
  readonly orgId: string | null;
  /** All tokens that descend from one sign-in; its id is the session's. */
  readonly family: string;
  readonly state: "fresh" | "spent" | "ended";
}

export interface NewRefreshToken {
  readonly hash: Buffer;
  readonly orgId: string | null;
  readonly expiresAt: Date;
}

export interface RefreshTokens {
  /** Begins a family; answers its id. */
  begin(userId: string, token: NewRefreshToken): Promise<string>;
  find(hash: Buffer): Promise<RefreshTokenRow | undefined>;
  /** Spends one token and stores the next in one step; false when it is not fresh any more. */
  rotate(id: string, next: NewRefreshToken): Promise<boolean>;
  revokeFamily(family: string): Promise<void>;
}

export interface MembershipRow {
  readonly orgId: string;
  readonly orgName: string;
  readonly role: Role;
  readonly createdAt: Date;
}

export interface Organizations {
  create(userId: string, name: string): Promise<string>;
  membershipsOf(userId: string): Promise<MembershipRow[]>;
}

export interface MemberRow {
  readonly userId: string;
  readonly role: Role;
  readonly createdAt: Date;
}

/** One change by one member; `next` null removes, and adding begins from nobody. */
interface MemberChange {
  readonly orgId: string;
  readonly actorId: string;
  readonly userId: string;
}

/**
 * Sees the roles of the moment under a lock, not those of a token an hour old, and throws to refuse.
 * The actor has none when they are no member any more.
 */
type MemberCheck = (actor: Role | null, target: Role | null) => void;

export interface Members {
  list(orgId: string): Promise<MemberRow[]>;
  add(change: MemberChange & { role: Role }, check: MemberCheck): Promise<MemberRow | "present">;
  /** The last owner stays, whatever the check says. */
  change(
    change: MemberChange & { next: Role | null },
    check: MemberCheck,
  ): Promise<MemberRow | "absent" | "last-owner">;
}

export interface ApiKeyRow {
  readonly id: string;
  readonly orgId: string;
  readonly name: string;
  readonly prefix: string;
  readonly scopes: Scope[];
  readonly role: Role;
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly lastUsedAt: Date | null;
  readonly revokedAt: Date | null;
}

export interface ApiKeyCandidate extends Omit<ApiKeyRow, "name" | "createdAt"> {
  readonly hash: Buffer;
}

interface NewApiKey {
  readonly orgId: string;
  readonly name: string;
  readonly prefix: string;
  readonly hash: Buffer;
  readonly scopes: readonly Scope[];
  readonly role: Role;
  readonly createdBy: string | null;
  readonly expiresAt: Date | null;
}

export interface ApiKeys {
  list(orgId: string): Promise<ApiKeyRow[]>;
  insert(key: NewApiKey): Promise<ApiKeyRow>;
  /** False when there is no such key. Revoking twice is fine. */
  revoke(orgId: string, id: string): Promise<boolean>;
  /** Every key with this prefix, of any organization; the caller compares the hash. */
  candidates(prefix: string): Promise<ApiKeyCandidate[]>;
  touch(orgId: string, id: string): Promise<void>;
}

interface AccessToken {
  readonly token: string;
  readonly expiresAt: Date;
  readonly expiresInS: number;
}

export interface TokenIssuer {
  issue(claims: Record<string, unknown>): Promise<AccessToken>;
  /** Public keys only. */
  jwks(): { keys: Record<string, unknown>[] };
}

interface AuthLimits {
  readonly signUpsPerCaller: RateLimit;
  readonly signInsPerCaller: RateLimit;
  readonly signInsPerCallerAndEmail: RateLimit;
}

export interface AuthDeps {
  readonly users: Users;
  readonly refreshTokens: RefreshTokens;
  readonly organizations: Organizations;
  readonly members: Members;
  readonly apiKeys: ApiKeys;
  readonly passwords: Passwords;
  readonly tokens: TokenIssuer;
  readonly limiter: RateLimiter;
  readonly limits: AuthLimits;
  readonly refreshLifetimeS: number;
  readonly now: () => Date;
}

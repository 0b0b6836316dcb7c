import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { z } from "zod";
import { stableStringify } from "../../api/names.ts";
import type { ApiCalls } from "./api-calls.ts";
import type { User } from "./user.ts";

/** What somebody wants to do, as authorization.k8s.io names it. */
export type Attributes =
  | { namespace: string; verb: string; group: string; version: string; resource: string }
  | { path: string; verb: string };

/** Asks the API server who a token belongs to, and what somebody may do. Rejects when it is away. */
export interface Reviews {
  userOf(token: string): Promise<User | undefined>;
  mayDo(user: User, attributes: Attributes): Promise<boolean>;
}

const cacheMs = 10_000;
const entriesMax = 1_000;

const TokenReview = z.object({
  status: z
    .object({
      authenticated: z.boolean().optional(),
      user: z
        .object({
          username: z.string().optional(),
          uid: z.string().optional(),
          groups: z.array(z.string()).optional(),
          extra: z.record(z.string(), z.array(z.string())).optional(),
        })
        .optional(),
    })
    .optional(),
});

const AccessReview = z.object({ status: z.object({ allowed: z.boolean() }) });

/** Answers, good and bad, are kept for ten seconds; tokens only as hashes. */
export const createReviews = (api: Pick<ApiCalls, "create">): Reviews => {
  const users = createCache<User | undefined>();
  const rights = createCache<boolean>();
  return {
    userOf: (token) =>
      users(createHash("sha256").update(token).digest("base64"), () => reviewToken(api, token)),
    mayDo: (user, attributes) =>
      rights(stableStringify([user, attributes]), () => reviewAccess(api, user, attributes)),
  };
};

type Cached<T> = (key: string, ask: () => Promise<T>) => Promise<T>;

/** Equal questions share one request; failures are asked again. */
const createCache = <T>(): Cached<T> => {
  const cache = new LRUCache<string, Promise<T>>({ max: entriesMax, ttl: cacheMs });
  return (key, ask) => {
    const known = cache.get(key);
    if (known !== undefined) return known;
    const answer = ask();
    cache.set(key, answer);
    answer.catch(() => cache.delete(key));
    return answer;
  };
};

const reviewToken = async (
  api: Pick<ApiCalls, "create">,
  token: string,
): Promise<User | undefined> => {
  const answer = await api.create("/apis/authentication.k8s.io/v1/tokenreviews", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenReview",
    spec: { token },
  });
  const { status } = TokenReview.parse(answer);
  if (status?.authenticated !== true || status.user?.username === undefined) return undefined;
  const { username, uid, groups, extra } = status.user;
  return {
    username,
    ...(uid === undefined ? {} : { uid }),
    groups: groups ?? [],
    extra: extra ?? {},
  };
};

const reviewAccess = async (
  api: Pick<ApiCalls, "create">,
  { username, uid, groups, extra }: User,
  attributes: Attributes,
): Promise<boolean> => {
  const answer = await api.create("/apis/authorization.k8s.io/v1/subjectaccessreviews", {
    apiVersion: "authorization.k8s.io/v1",
    kind: "SubjectAccessReview",
    spec: {
      user: username,
      ...(uid === undefined ? {} : { uid }),
      groups,
      extra,
      ...("path" in attributes
        ? { nonResourceAttributes: attributes }
        : { resourceAttributes: attributes }),
    },
  });
  return AccessReview.parse(answer).status.allowed;
};

import type { IncomingMessage } from "node:http";
import { TLSSocket } from "node:tls";
import type { DemandSource } from "./demand-source.ts";
import type { RequestHeaderTrust } from "./request-header-trust.ts";
import type { Reviews } from "./reviews.ts";
import { routeOf } from "./routes.ts";
import { failure, ok, type Answer } from "./status.ts";
import { bearerToken, isFrontProxy, userFromHeaders, withEverybody, type User } from "./user.ts";

export interface HandlerDeps {
  source: DemandSource;
  reviews: Reviews;
  trust: () => RequestHeaderTrust | undefined;
  isReady: () => boolean;
  onError: (error: unknown) => void;
}

const healthPaths = ["/healthz", "/livez", "/readyz"];
const mastersGroup = "system:masters";

/** Authenticates, authorizes, answers. Only the health paths are open to everybody. */
export const handleRequest = async (
  deps: HandlerDeps,
  request: IncomingMessage,
): Promise<Answer> => {
  const url = parseUrl(request.url);
  if (url === undefined) return failure(400, "the path cannot be read");
  if (request.method !== "GET") return failure(405, "only GET is answered here");
  if (healthPaths.includes(url.pathname)) return healthOf(deps, url.pathname);
  const user = await reviewed(deps, () => authenticate(deps, request));
  if (!user.ok) return user.answer;
  if (user.value === undefined) return failure(401, "who asks is not known: send a valid token");
  const { username, groups } = user.value;
  const asked = { method: request.method, url, accept: request.headers.accept };
  const route = routeOf(deps.source, asked);
  const known = user.value;
  const allowed = groups.includes(mastersGroup)
    ? ({ ok: true, value: true } as const)
    : await reviewed(deps, () => deps.reviews.mayDo(known, route.attributes));
  if (!allowed.ok) return allowed.answer;
  return allowed.value
    ? route.answer()
    : failure(403, `${JSON.stringify(username)} may not read ${url.pathname}`);
};

const healthOf = ({ isReady }: HandlerDeps, path: string): Answer =>
  path === "/readyz" && !isReady()
    ? failure(503, "not registered yet")
    : { ...ok("ok"), contentType: "text/plain; charset=utf-8" };

const authenticate = async (
  { trust, reviews }: HandlerDeps,
  request: IncomingMessage,
): Promise<User | undefined> => {
  const frontProxy = trust();
  if (frontProxy !== undefined && isFrontProxy(verifiedName(request), frontProxy)) {
    const user = userFromHeaders(request.headersDistinct, frontProxy);
    if (user !== undefined) return withEverybody(user);
  }
  const token = bearerToken(request.headersDistinct);
  const user = token === undefined ? undefined : await reviews.userOf(token);
  return user === undefined ? undefined : withEverybody(user);
};

/** The common name of a client certificate that the front proxy's authorities signed. */
const verifiedName = ({ socket }: IncomingMessage): string | undefined => {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  // A resumed session counts as authorized though it may never have shown a certificate.
  const { subject } = socket.getPeerCertificate() as { subject?: { CN?: string | string[] } };
  return typeof subject?.CN === "string" ? subject.CN : undefined;
};

type Reviewed<T> = { ok: true; value: T } | { ok: false; answer: Answer };

/** Whoever cannot be checked is not let in, and told that it is not their fault. */
const reviewed = async <T>(deps: HandlerDeps, ask: () => Promise<T>): Promise<Reviewed<T>> => {
  try {
    return { ok: true, value: await ask() };
  } catch (error) {
    deps.onError(error);
    return { ok: false, answer: failure(503, "access cannot be checked at the moment") };
  }
};

const parseUrl = (text: string | undefined): URL | undefined =>
  URL.parse(text ?? "", "https://localhost") ?? undefined;

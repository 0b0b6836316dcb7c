import { ErrorEnvelope } from "@rarity/contracts/errors";
import type { RouteDefinition } from "@rarity/contracts/route";
import { CliError, type PlatformApi } from "../ports.ts";

const timeoutMs = 15_000;

/** Calls routes of the public API with a bearer token: an API key or an access token. */
export const createPlatformApi = (url: string, token: () => Promise<string>): PlatformApi => {
  const call = async (
    route: RouteDefinition,
    options: { params?: Record<string, string>; body?: unknown } = {},
  ): Promise<unknown> => {
    const path = fillPath(route.path, options.params ?? {});
    const answer = await fetch(new URL(path, url), {
      method: route.method,
      headers: {
        authorization: `Bearer ${await token()}`,
        ...(options.body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((cause: unknown) => {
      throw new CliError(`the API at ${url} cannot be reached; is --api-url right?`, 69, { cause });
    });
    const body: unknown = answer.status === 204 ? undefined : await readJson(answer);
    if (!answer.ok) throw refusal(answer.status, body, url);
    return route.response.schema?.parse(body);
  };
  return { url, call: call as PlatformApi["call"] };
};

const readJson = async (answer: Response): Promise<unknown> => {
  try {
    return await answer.json();
  } catch {
    return undefined;
  }
};

const refusal = (status: number, body: unknown, url: string): CliError => {
  const envelope = ErrorEnvelope.safeParse(body);
  if (!envelope.success) return new CliError(`${url} answered ${status}, not as our API does`);
  const { code, message, requestId } = envelope.data.error;
  const hint =
    code === "UNAUTHENTICATED" ? "; set RARITY_TOKEN to an API key of the organization" : "";
  return new CliError(`${code}: ${message}${hint} (request ${requestId})`);
};

const fillPath = (path: string, params: Record<string, string>): string =>
  path.replaceAll(/:([A-Za-z]+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));

import { readFile } from "node:fs/promises";
import path from "node:path";
import { signInRoute } from "@rarity/contracts/auth";
import { z } from "zod";
import { CliError, type Objects, type PlatformApi } from "../ports.ts";
import { createPlatformApi } from "./platform-api.ts";
import { createObjects, type SendRequest } from "./request-objects.ts";

const timeoutMs = 10_000;

/** What `scripts/up` leaves for other commands while it runs. */
const RunFile = z.object({
  urls: z.object({ operator: z.url(), edge: z.url() }),
  demo: z.object({ email: z.string(), password: z.string() }),
});
const Secrets = z.object({ internalToken: z.string() });

export interface LocalRun {
  objects: Objects;
  /** As the demo organization's owner. */
  api: PlatformApi;
}

/** The system that `scripts/up` runs from this folder, or undefined when there is none. */
export const openLocalRun = async (root: string): Promise<LocalRun | undefined> => {
  const folder = path.join(root, ".rarity");
  const run = await readJsonFile(path.join(folder, "run.json"), RunFile);
  if (run === undefined) return undefined;
  const secrets = await readJsonFile(path.join(folder, "data", "secrets.json"), Secrets);
  const { urls, demo } = run;
  const send = createLocalSend(urls.operator, secrets?.internalToken);
  return {
    objects: createObjects(send, {
      where: `the local runtime at ${urls.operator}`,
      namespace: "default",
      runs: "processes",
    }),
    api: createPlatformApi(urls.edge, signInOnce(urls.edge, demo)),
  };
};

const readJsonFile = async <S extends z.ZodType>(
  file: string,
  schema: S,
): Promise<z.infer<S> | undefined> => {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const parsed = schema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new CliError(`${file} is not as this version writes it; start again with scripts/up`);
};

const createLocalSend =
  (base: string, token: string | undefined): SendRequest =>
  async ({ method, path: pathname, query = {}, body, contentType }) => {
    const url = new URL(pathname, base);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const answer = await fetch(url, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined
          ? {}
          : { "content-type": contentType ?? "application/merge-patch+json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((cause: unknown) => {
      throw new CliError(`the operator at ${base} cannot be reached; is scripts/up running?`, 69, {
        cause,
      });
    });
    return { status: answer.status, body: await answer.json() };
  };

const signInOnce = (
  base: string,
  demo: { email: string; password: string },
): (() => Promise<string>) => {
  let token: Promise<string> | undefined;
  const signIn = async (): Promise<string> => {
    const answer = await fetch(new URL(signInRoute.path, base), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: demo.email, password: demo.password }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!answer.ok) throw new CliError("the demo organization's sign-in was refused");
    return z.object({ accessToken: z.string() }).parse(await answer.json()).accessToken;
  };
  return async () => (token ??= signIn());
};

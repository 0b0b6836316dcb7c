import { HttpMethod, KubeConfig, RequestContext } from "@kubernetes/client-node";
import { request } from "undici";
import { CliError, type Objects } from "../ports.ts";
import { createObjects, type SendRequest } from "./request-objects.ts";

const timeoutMs = 15_000;

/** Resources of the cluster that a kubeconfig names, with whatever it authenticates by. */
export const openCluster = (choice: {
  kubeconfig: string | undefined;
  context: string | undefined;
}): Promise<Objects> => {
  const config = loadConfig(choice);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) {
    throw new CliError(
      "no cluster is configured: name one with --kubeconfig or --context, or run scripts/up in this folder",
    );
  }
  const { namespace = "default" } = config.getContextObject(config.getCurrentContext()) ?? {};
  const where = `context ${config.getCurrentContext()}`;
  return Promise.resolve(
    createObjects(createClusterSend(config, server), { where, namespace, runs: "pods" }),
  );
};

const loadConfig = (choice: {
  kubeconfig: string | undefined;
  context: string | undefined;
}): KubeConfig => {
  const config = new KubeConfig();
  try {
    if (choice.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(choice.kubeconfig);
  } catch (cause) {
    throw new CliError("the kubeconfig cannot be read; is --kubeconfig right?", 66, { cause });
  }
  if (choice.context !== undefined) {
    if (config.getContextObject(choice.context) === null) {
      const known = config.getContexts().map(({ name }) => name);
      throw new CliError(`there is no context "${choice.context}"; there are: ${known.join(", ")}`);
    }
    config.setCurrentContext(choice.context);
  }
  return config;
};

/** The configuration's own credentials on every request: certificates, tokens, exec plugins. */
const createClusterSend =
  (config: KubeConfig, server: string): SendRequest =>
  async ({ method, path, query, body, contentType }) => {
    const url = new URL(server.replace(/\/$/, "") + path);
    if (method === "PATCH") url.searchParams.set("fieldManager", "kubectl-rarity");
    for (const [name, value] of Object.entries(query ?? {})) url.searchParams.set(name, value);
    const context = new RequestContext(url.href, HttpMethod.GET);
    await config.applySecurityAuthentication(context);
    const dispatcher = context.getDispatcher();
    const answer = await request(url, {
      method,
      headers: {
        ...context.getHeaders(),
        accept: "application/json",
        ...(body === undefined
          ? {}
          : { "content-type": contentType ?? "application/merge-patch+json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(dispatcher === undefined ? {} : { dispatcher }),
      signal: AbortSignal.timeout(timeoutMs),
    }).catch((cause: unknown) => {
      throw new CliError(`the API server of this context cannot be reached`, 69, { cause });
    });
    return { status: answer.statusCode, body: parse(await answer.body.text()) };
  };

/** A path that nobody serves, and proxies on the way, are answered in plain text. */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text.trim().slice(0, 300) };
  }
};

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createInterface } from "node:readline";
import { z } from "zod";

const main = fileURLToPath(new URL("../../../sandbox/src/main.ts", import.meta.url));
const addresses = z.object({ url: z.url(), wireUrl: z.url(), mediaUrl: z.url() });
const infoBody = z.object({ rootKeyHex: z.string(), mediaCaPem: z.string() });

export type SandboxProcess = {
  url: string;
  wireUrl: string;
  mediaUrl: string;
  rootKeyHex: string;
  mediaCaPem: string;
  get(path: string): Promise<unknown>;
  /** Throws on any answer that is not a success, with what the sandbox said. */
  post(path: string, body: unknown): Promise<unknown>;
  remove(path: string): Promise<unknown>;
  patch(path: string, body: unknown): Promise<unknown>;
  stop(): Promise<void>;
};

/** The sandbox as its users run it: another process, spoken to over HTTP and the wire only. */
export async function startSandboxProcess(): Promise<SandboxProcess> {
  const env = { PORT: "0", WIRE_PORT: "0", MEDIA_PORT: "0", LOG_LEVEL: "error" };
  const child = spawn(process.execPath, [main], { env, stdio: ["ignore", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([
    new Promise<string>((resolve) => lines.once("line", resolve)),
    exited.then(() => Promise.reject(new Error("the sandbox ended before it was up"))),
  ]);
  const { url, wireUrl, mediaUrl } = addresses.parse(JSON.parse(first));
  const info = infoBody.parse(await request(url, "GET", "/api/info"));
  return {
    url,
    wireUrl,
    mediaUrl,
    rootKeyHex: info.rootKeyHex,
    mediaCaPem: info.mediaCaPem,
    get: (path) => request(url, "GET", path),
    post: (path, body) => request(url, "POST", path, body),
    remove: (path) => request(url, "DELETE", path),
    patch: (path, body) => request(url, "PATCH", path, body),
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

async function request(
  url: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const answer = await fetch(`${url}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

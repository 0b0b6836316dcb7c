import { createServer } from "node:http";
import type { AccountDepth, AccountRuntime } from "@rarity/contracts/internal";
import type { SandboxTrust } from "../desired/platform/sandbox-trust.ts";

export interface FakePlatform {
  url: string;
  depths: AccountDepth[];
  runtimes: Map<string, AccountRuntime>;
  ensured: Map<string, unknown>;
  /** Accounts with a linked device; a logout of any other is done at once. */
  linked: Set<string>;
  /** What was asked about sessions, as `logout <id>` and `erase-session <id>`. */
  sessionCalls: string[];
  /** The keys its sandbox signs with; undefined while that does not answer. */
  sandbox: SandboxTrust | undefined;
  isFailing: boolean;
  close(): Promise<void>;
}

/** The two services the operator asks: queue depth and accounts, with answers a test sets. */
export const startFakePlatform = async (): Promise<FakePlatform> => {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      const answer = platform.isFailing ? undefined : answerTo(platform, request.url ?? "", body);
      response.writeHead(answer === undefined ? 503 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(answer ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const platform: FakePlatform = {
    url: `http://127.0.0.1:${port}`,
    depths: [],
    runtimes: new Map(),
    ensured: new Map(),
    linked: new Set(),
    sessionCalls: [],
    sandbox: undefined,
    isFailing: false,
    close: async () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return platform;
};

const answerTo = (platform: FakePlatform, url: string, body: string): unknown => {
  const at = new Date().toISOString();
  if (url === "/internal/queue-depth") return { at, accounts: platform.depths };
  if (url === "/internal/accounts") return { at, accounts: [...platform.runtimes.values()] };
  if (url === "/api/info") return platform.sandbox;
  const session = /^\/internal\/accounts\/([^/]+)\/(logout|erase-session)$/.exec(url);
  if (session?.[1] !== undefined) return endSession(platform, session[1], session[2] ?? "");
  const id = /^\/internal\/accounts\/([^/]+)$/.exec(url)?.[1];
  return id === undefined ? undefined : ensureAccount(platform, id, body);
};

const ensureAccount = (platform: FakePlatform, id: string, body: string): unknown => {
  const { orgId, channel } = JSON.parse(body) as { orgId: string; channel: string };
  platform.ensured.set(id, JSON.parse(body));
  const hasPhone = channel === "whatsapp" ? {} : { phone: null };
  if (!platform.runtimes.has(id)) platform.runtimes.set(id, runtimeOf(id, orgId, hasPhone));
  return {};
};

const endSession = (platform: FakePlatform, id: string, what: string): { done: boolean } => {
  platform.sessionCalls.push(`${what} ${id}`);
  if (what === "erase-session") platform.linked.delete(id);
  return { done: !platform.linked.has(id) };
};

export const runtimeOf = (
  id: string,
  orgId: string,
  parts: Partial<AccountRuntime> = {},
): AccountRuntime => ({
  id,
  orgId,
  state: "connected",
  reason: null,
  detail: null,
  paired: true,
  phone: "+4915112345678",
  holder: null,
  leaseExpiresAt: null,
  pairingRequestedAt: null,
  logoutRequestedAt: null,
  lastActivityAt: null,
  ...parts,
});

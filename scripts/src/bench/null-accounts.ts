import { join } from "node:path";
import { nodeOptions } from "../../../operator/src/desired/account/environment.ts";
import { signUp } from "../demo/auth-client.ts";
import { request } from "../demo/http-client.ts";
import { waitUntil } from "../lib/wait-until.ts";
import { freePort } from "@rarity/platform/ports";
import { startChild, type Child } from "../stack/child.ts";
import { channelEnvironment, url } from "../stack/services.ts";
import type { Stack } from "../stack/start-stack.ts";

export type NullAccounts = {
  ids: string[];
  pids: number[];
  token: string;
  stop: () => Promise<void>;
};

const wide = {
  perMinute: 100_000,
  perHour: 1_000_000,
  perDay: 10_000_000,
  strangersPerDay: 10_000_000,
};

/** Account processes whose driver acknowledges at once: what is left is the pipeline itself. */
export const startNullAccounts = async (
  stack: Stack,
  stateDir: string,
  count: number,
): Promise<NullAccounts> => {
  const session = await signUp(url(stack.wiring, "edge"), {
    email: `bench-${crypto.randomUUID()}@rarityleads.example`,
    password: crypto.randomUUID(),
    organization: "Bench",
  });
  const ids: string[] = [];
  const children: Child[] = [];
  for (let n = 0; n < count; n += 1) {
    const id = crypto.randomUUID();
    await request(url(stack.wiring, "accounts"), "PUT", `/internal/accounts/${id}`, {
      token: stack.secrets.internalToken,
      body: { orgId: session.orgId, name: `bench-${n}`, channel: "whatsapp" },
    });
    children.push(await startOne(stack, stateDir, session.orgId, id));
    ids.push(id);
  }
  return {
    ids,
    pids: children.map((child) => child.pid),
    token: session.accessToken,
    stop: async () => {
      await Promise.all(children.map((child) => child.stop()));
    },
  };
};

const startOne = async (
  stack: Stack,
  stateDir: string,
  orgId: string,
  accountId: string,
): Promise<Child> => {
  const port = await freePort();
  const sandbox = { wireUrl: "", rootKeyHex: "", mediaCaFile: "" };
  const child = startChild({
    name: accountId,
    command: process.execPath,
    args: [join(stack.wiring.root, "services/channel-kit/src/null-main.ts")],
    env: {
      ...channelEnvironment(stack.wiring, sandbox),
      ACCOUNT_ID: accountId,
      ORG_ID: orgId,
      HOLDER: `bench-${accountId}`,
      PORT: String(port),
      LOG_LEVEL: "warn",
      NODE_OPTIONS: nodeOptions,
      ACCOUNT_SPEC: JSON.stringify({
        limits: wide,
        pacing: { minGapMs: 0, maxGapMs: 0, typing: "Off" },
      }),
    },
    logFile: join(stateDir, "logs", `null-${accountId}.log`),
  });
  await waitUntil("a null account to become ready", async () => {
    if (!child.running()) throw new Error(child.tail());
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  });
  return child;
};

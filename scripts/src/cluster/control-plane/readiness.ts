import { Agent, request } from "undici";
import { waitUntil } from "../../lib/wait-until.ts";
import type { KubeClient } from "../client/kube-client.ts";
import type { Component } from "./component.ts";

const startTimeoutMs = 120_000;

/** Waits for `condition`, or fails with the log of the first program that ends. */
const whileAlive = async (
  what: string,
  condition: () => Promise<boolean>,
  components: readonly Component[],
): Promise<void> => {
  const ended = components.map(async (component) => {
    const code = await component.exited;
    throw new Error(`${component.name} ended with ${code}:\n${component.tail()}`);
  });
  const reached = waitUntil(what, condition, startTimeoutMs, 50);
  try {
    await Promise.race([reached, ...ended]);
  } finally {
    // Whoever lost the race settles later and must not be unhandled.
    for (const each of [reached, ...ended]) each.catch(() => undefined);
  }
};

export const untilAnswers = (client: KubeClient, components: readonly Component[]): Promise<void> =>
  whileAlive(
    "the API server",
    async () => (await client.request<string>("/readyz")) === "ok",
    components,
  );

/** The controller manager works when it has made the first service account. */
export const untilControllersWork = async (
  client: KubeClient,
  schedulerPort: number,
  components: readonly Component[],
): Promise<void> => {
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
  await whileAlive(
    "the default service account",
    async () => (await client.get(account)) !== undefined,
    components,
  );
  // It serves a certificate of its own making; only its health is asked.
  const agent = new Agent({ connect: { rejectUnauthorized: false } });
  const healthy = async (): Promise<boolean> => {
    const url = `https://127.0.0.1:${schedulerPort}/readyz`;
    const response = await request(url, { dispatcher: agent });
    await response.body.dump();
    return response.statusCode === 200;
  };
  try {
    await whileAlive("the scheduler", healthy, components);
  } finally {
    await agent.close();
  }
};

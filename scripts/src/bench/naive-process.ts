import { fork } from "node:child_process";
import { join } from "node:path";
import type { Pipeline } from "./drive.ts";

export type NaiveProcess = { pipeline: Pipeline; stop: () => Promise<void> };

/** The naive pipeline in a process of its own, which lives as long as ours do. */
export const startNaive = async (
  root: string,
  { adminUrl, redisUrl }: { adminUrl: string; redisUrl: string },
  signal: AbortSignal,
): Promise<NaiveProcess> => {
  const child = fork(join(root, "scripts/src/bench/naive.ts"), [adminUrl, redisUrl]);
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  // Before its servers are stopped, which it would complain about.
  signal.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
  const { url } = await new Promise<{ url: string }>((resolve, reject) => {
    child.once("message", (message) => resolve(message as { url: string }));
    child.once("exit", () => reject(new Error("the naive pipeline ended at once")));
  });
  const accountId = crypto.randomUUID();
  return {
    pipeline: {
      url,
      path: "/send",
      headers: {},
      body: (n) => ({ accountId, to: `+1555${n}`, text: "hello there, an ordinary message" }),
      onOpen: () => undefined,
      countSent: (frame) => (frame.includes("message_sent") ? 1 : 0),
    },
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
};

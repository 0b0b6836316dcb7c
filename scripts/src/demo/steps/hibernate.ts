import { waitUntil } from "../../lib/wait-until.ts";
import type { Demo } from "../context.ts";
import { readAccount } from "./accounts.ts";
import { reach, sendText } from "./messages.ts";

/** The second account's process leaves after its idle time; a message brings it back. */
export const hibernateAndWake = async (demo: Demo): Promise<string> => {
  await waitUntil(
    "the second account to hibernate",
    async () => ((await readAccount(demo, demo.names.second)).status?.replicas ?? 0) === 0,
    120_000,
    100,
  );
  const began = performance.now();
  const accepted = await sendText(demo, "Woken by this message", demo.state.secondId);
  await reach(demo, accepted.id, "delivered");
  return `0 processes -> delivered in ${Math.round(performance.now() - began)} ms`;
};

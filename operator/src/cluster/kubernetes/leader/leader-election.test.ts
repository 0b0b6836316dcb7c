import { expect, it, vi } from "vitest";
import { createLeaderElection } from "./leader-election.ts";

const patience = { timeout: 20_000 };

it("says so when the thread that renews the lease dies: nobody else here could lead", async () => {
  const said: string[] = [];
  const election = createLeaderElection({
    access: { server: "https://127.0.0.1:1" },
    lease: { namespace: "default", name: "operator" },
    identity: "one",
    metrics: {
      client: { requested: () => undefined, retried: () => undefined },
      leading: (_lease, isLeader) => said.push(`leading ${isLeader}`),
    },
    // What the thread cannot work with ends it.
    timing: null as never,
    onLeading: () => undefined,
    onLost: () => said.push("lost"),
    onError: () => undefined,
    onDead: (error) => said.push(error instanceof Error ? error.constructor.name : "nothing"),
  });
  election.start();
  const expected = ["leading false", "leading false", "lost", "TypeError"];
  await vi.waitFor(() => expect(said).toEqual(expected), patience);
  expect(election.isLeader()).toBe(false);
  await election.stop();
});

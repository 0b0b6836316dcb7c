// The thread of leader-election.ts: renews the lease also while the main thread is busy.
import { parentPort, workerData } from "node:worker_threads";
import { createConnection } from "../client/connection.ts";
import { createKubeClient } from "../client/kube-client.ts";
import type { LeaseThreadData, LeaseThreadMessage } from "./leader-election.ts";
import { createLeaseClient } from "./lease-client.ts";
import { runElection } from "./run-election.ts";
import { monotonicMs, openSharedTerm } from "./shared-term.ts";

const { access, lease, identity, timing, memory, silenceMaxMs } = workerData as LeaseThreadData;
const port = parentPort;
if (port === null) throw new Error("lease-thread.ts runs as a thread of leader-election.ts");
const tell = (message: LeaseThreadMessage): void => port.postMessage(message);

const term = openSharedTerm(memory);
const stopping = new AbortController();
port.once("message", () => stopping.abort());

const client = createKubeClient({
  connection: createConnection(access),
  metrics: {
    requested: (method, code, seconds) => tell({ type: "requested", method, code, seconds }),
    retried: () => undefined,
  },
});
let isHeld = false;
await runElection(
  {
    lease: createLeaseClient(client, lease),
    ...{ identity, timing, nowMs: monotonicMs },
    isWanted: () => term.sinceBeatMs() < silenceMaxMs,
    onHeld: (untilMs) => {
      term.setHeldUntil(untilMs);
      if (!isHeld) tell({ type: "held" });
      isHeld = true;
    },
    onLost: () => {
      term.setHeldUntil(0);
      isHeld = false;
      tell({ type: "lost" });
    },
    onError: (error) =>
      tell({ type: "failed", message: error instanceof Error ? error.message : "unknown" }),
  },
  stopping.signal,
);
term.setHeldUntil(0);
await client.close();
port.close();

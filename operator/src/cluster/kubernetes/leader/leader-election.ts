import { Worker } from "node:worker_threads";
import { ClusterError } from "../../errors.ts";
import type { ClusterAccess } from "../client/access.ts";
import type { KubeClient } from "../client/kube-client.ts";
import type { KubeMetrics } from "../metrics.ts";
import type { WriteGuard } from "../write/guard.ts";
import { createLeaseClient, type LeaseName } from "./lease-client.ts";
import { defaultTiming, type ElectionTiming } from "./run-election.ts";
import { openSharedTerm, type SharedTerm } from "./shared-term.ts";

export interface LeaderElectionDeps {
  access: ClusterAccess;
  lease: LeaseName;
  /** Of this process alone: a restarted one is another candidate. */
  identity: string;
  metrics: Pick<KubeMetrics, "client" | "leading">;
  onLeading: () => void;
  /** The lease is gone or may be. Writes are refused already; what runs should end. */
  onLost: () => void;
  onError: (message: string) => void;
  /** Nothing renews or takes the lease any more: this process is of no more use. */
  onDead: (error: unknown) => void;
  timing?: ElectionTiming;
  /** A main thread that is silent for longer loses the lease. */
  silenceMaxMs?: number;
}

export interface LeaderElection {
  /** Becomes a candidate. Until then writes are refused, as they are to any that does not lead. */
  start(): void;
  isLeader(): boolean;
  /** For every write: checks the lease here, and with the server after a conflict. */
  guard(client: KubeClient): WriteGuard;
  /** Gives the lease back, so that the next one starts at once. Nothing starts afterwards. */
  stop(): Promise<void>;
}

export interface LeaseThreadData {
  access: ClusterAccess;
  lease: LeaseName;
  identity: string;
  timing: ElectionTiming;
  memory: SharedArrayBuffer;
  silenceMaxMs: number;
}

export type LeaseThreadMessage =
  | { type: "held" | "lost" }
  | { type: "failed"; message: string }
  | { type: "requested"; method: string; code: string; seconds: number };

const beatMs = 1_000;
const releaseTimeoutMs = 5_000;

/**
 * Takes part in the election of one leader. The lease is renewed by a thread of its own: parsing a
 * long list must not cost it, and a thread that hangs for a minute must.
 */
export const createLeaderElection = (deps: LeaderElectionDeps): LeaderElection => {
  const { lease, identity } = deps;
  const term = openSharedTerm();
  let thread: LeaseThread | undefined;
  let isStopped = false;
  deps.metrics.leading(lease.name, false);
  return {
    start: () => {
      if (!isStopped) thread ??= startThread(deps, term);
    },
    isLeader: term.isHeld,
    guard: (client) => createGuard(term, client, { lease, identity }),
    stop: async () => {
      isStopped = true;
      await thread?.stop();
      term.setHeldUntil(0);
      deps.metrics.leading(lease.name, false);
    },
  };
};

interface LeaseThread {
  stop(): Promise<void>;
}

const startThread = (deps: LeaderElectionDeps, term: SharedTerm): LeaseThread => {
  const { access, lease, identity, timing = defaultTiming, silenceMaxMs = 60_000 } = deps;
  term.beat();
  const beat = setInterval(term.beat, beatMs).unref();
  const workerData: LeaseThreadData = {
    ...{ access, lease, identity, timing, memory: term.memory, silenceMaxMs },
  };
  const thread = new Worker(new URL("./lease-thread.ts", import.meta.url), { workerData });
  let isStopping = false;
  let failure: unknown = new Error("the thread that renews the lease ended");
  const exited = new Promise<void>((resolve) => thread.once("exit", () => resolve()));
  thread.on("message", (message: LeaseThreadMessage) => receive(deps, message));
  // Its exit follows.
  thread.on("error", (error: unknown) => (failure = error));
  void exited.then(() => {
    clearInterval(beat);
    if (isStopping) return;
    term.setHeldUntil(0);
    deps.metrics.leading(lease.name, false);
    deps.onLost();
    deps.onDead(failure);
  });
  return {
    stop: async () => {
      isStopping = true;
      thread.postMessage("stop");
      const late = setTimeout(() => void thread.terminate(), releaseTimeoutMs);
      await exited;
      clearTimeout(late);
    },
  };
};

const receive = (deps: LeaderElectionDeps, message: LeaseThreadMessage): void => {
  if (message.type === "requested") {
    deps.metrics.client.requested(message.method, message.code, message.seconds);
  } else if (message.type === "failed") {
    deps.onError(message.message);
  } else {
    const isLeader = message.type === "held";
    deps.metrics.leading(deps.lease.name, isLeader);
    (isLeader ? deps.onLeading : deps.onLost)();
  }
};

const createGuard = (
  term: SharedTerm,
  client: KubeClient,
  { lease, identity }: { lease: LeaseName; identity: string },
): WriteGuard => {
  const reader = createLeaseClient(client, lease);
  const refuse = (): never => {
    throw new ClusterError("NotLeader", "another replica leads, or may lead by now");
  };
  return {
    check: () => {
      if (!term.isHeld()) refuse();
    },
    confirm: async () => {
      const holder = (await reader.read())?.spec.holderIdentity;
      if (holder !== identity || !term.isHeld()) refuse();
    },
  };
};

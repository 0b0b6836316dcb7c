import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { CandidateMessage, CandidateSettings } from "./leader-main.ts";
import { waitFor } from "./wait-for.ts";

export interface Candidate {
  until(type: CandidateMessage["type"]): Promise<void>;
  has(type: CandidateMessage["type"]): boolean;
  write(): Promise<string>;
  signal(name: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void;
  stop(): Promise<void>;
}

const program = path.resolve(import.meta.dirname, "leader-main.ts");

/** A candidate for leadership as a process of its own. */
export const startCandidate = async (settings: CandidateSettings): Promise<Candidate> => {
  const child = fork(program, [JSON.stringify(settings)], { execArgv: [] });
  const messages: CandidateMessage[] = [];
  child.on("message", (message) => messages.push(message as CandidateMessage));
  const has = (type: CandidateMessage["type"]): boolean =>
    messages.some((message) => message.type === type);
  const until = async (type: CandidateMessage["type"]): Promise<void> => {
    await waitFor(() => has(type), { timeoutMs: 60_000 });
  };
  await until("ready");
  return {
    until,
    has,
    write: async () => {
      const before = messages.length;
      child.send("write");
      return waitFor(
        () =>
          messages
            .slice(before)
            .flatMap((message) => (message.type === "wrote" ? [message.outcome] : []))[0],
        { timeoutMs: 60_000 },
      );
    },
    signal: (name) => void child.kill(name),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.send("stop");
      await exited;
    },
  };
};

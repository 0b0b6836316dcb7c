import { findClient } from "../engine/client.ts";
import { createEngine, type Engine } from "../engine/engine.ts";
import { freePort } from "@rarity/platform/ports";
import { waitUntil } from "../../lib/wait-until.ts";

/** The engine the global setup opened, from a test file. */
export const reachEngine = async (host: string | undefined): Promise<Engine> => {
  const client = await findClient();
  if (client === undefined) throw new Error("no docker command");
  return createEngine(client, "the engine of this run", host === undefined ? {} : { host });
};

/** As the pods of the chart and the operator run: nothing may be written but /tmp, nothing gained. */
export const restricted = [
  ...["--network", "host", "--read-only", "--tmpfs", "/tmp:rw,size=128m,mode=1777"],
  ...["--cap-drop", "ALL", "--security-opt", "no-new-privileges"],
];

export type Container = {
  url: string;
  logs: () => Promise<string>;
  /** Runs a command in it; development images only have any. */
  exec: (args: readonly string[]) => Promise<string>;
  /** The status code of a path. */
  status: (path: string) => Promise<number>;
  /** Sends SIGTERM and answers the exit code; 137 would mean that it had to be killed. */
  stop: () => Promise<number>;
  remove: () => Promise<void>;
};

export type ContainerOptions = {
  image: string;
  args?: readonly string[];
  env: Readonly<Record<string, string>>;
  memory?: string;
};

/** Starts a container that listens on a free port of loopback. */
export const startContainer = async (
  engine: Engine,
  { image, args = [], env, memory = "256m" }: ContainerOptions,
): Promise<Container> => {
  const port = await freePort();
  const variables = { HOST: "127.0.0.1", PORT: String(port), ...env };
  const id = (
    await engine.docker([
      "run",
      "--detach",
      ...[...restricted, "--memory", memory],
      ...Object.entries(variables).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
      image,
      ...args,
    ])
  ).trim();
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    logs: () => engine.docker(["logs", "--tail", "30", id], { both: true }),
    exec: (command) => engine.docker(["exec", id, ...command]),
    status: async (path) => (await fetch(`${url}${path}`)).status,
    stop: async () => {
      await engine.docker(["stop", "--time", "40", id]);
      return Number(await engine.docker(["inspect", "--format", "{{.State.ExitCode}}", id]));
    },
    remove: async () => {
      await engine.docker(["rm", "--force", "--volumes", id]);
    },
  };
};

/** Runs a container to its end; a failure carries its last lines. */
export const runContainer = (
  engine: Engine,
  { image, args = [], env }: ContainerOptions,
): Promise<string> =>
  engine.docker([
    ...["run", "--rm", ...restricted],
    ...Object.entries(env).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...[image, ...args],
  ]);

export const untilAnswers = async (container: Container, path: string): Promise<void> => {
  const answers = async (): Promise<boolean> => (await container.status(path)) === 200;
  await waitUntil(`${path} to answer 200`, answers, 60_000, 100).catch(async (error: unknown) => {
    throw new Error(`${(error as Error).message}\n${await container.logs()}`, { cause: error });
  });
};

import { runCommand, type CommandOptions } from "../../lib/run-command.ts";
import type { Client } from "./client.ts";

/** A running Docker engine and the client for it. */
export type Engine = {
  /** For people: which engine this is. */
  source: string;
  buildKit: boolean;
  /** What DOCKER_HOST has to say to reach it, where it is not what the environment says. */
  host: string | undefined;
  /** Runs the client with these arguments; answers its standard output. */
  docker: (
    args: readonly string[],
    options?: Pick<CommandOptions, "timeoutMs" | "both">,
  ) => Promise<string>;
  /** Ends an engine that was started for this; leaves any other alone. */
  close: () => Promise<void>;
};

export const createEngine = (
  client: Client,
  source: string,
  settings: { host?: string; close?: () => Promise<void> } = {},
): Engine => ({
  source,
  buildKit: client.buildKit,
  host: settings.host,
  docker: (args, options = {}) =>
    runCommand(client.file, args, {
      env: {
        ...process.env,
        DOCKER_BUILDKIT: client.buildKit ? "1" : "0",
        BUILDKIT_PROGRESS: "plain",
        ...(settings.host === undefined ? {} : { DOCKER_HOST: settings.host }),
      },
      ...options,
    }),
  close: settings.close ?? (() => Promise.resolve()),
});

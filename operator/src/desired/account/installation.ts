import type { PlatformContext } from "../platform/context.ts";

/** What every channel process gets from the installation: how to start, and where things are. */
export interface ChannelTemplate {
  command: string[];
  workingDirectory?: string | undefined;
  env: Record<string, string>;
}

/** Where accounts run: processes on this machine, or pods of a Platform. */
export type Installation =
  { runs: "processes"; template: ChannelTemplate } | { runs: "pods"; context: PlatformContext };

/** `reason` is a condition's. */
export type InstallationReading =
  { ok: true; installation: Installation } | { ok: false; reason: string; message: string };

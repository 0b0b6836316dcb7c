import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { InstallationReading } from "./desired/account/installation.ts";

const variables = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string());

/**
 * How channel processes start here. Read anew for every plan: whoever installs the platform may
 * write the file after the operator has started.
 */
export const createTemplateReader =
  (file: string, { root, command }: { root: string; command?: string[] }) =>
  (): InstallationReading => {
    try {
      const env = variables.parse(JSON.parse(readFileSync(file, "utf8")));
      const template = { command: command ?? [process.execPath], workingDirectory: root, env };
      return { ok: true, installation: { runs: "processes", template } };
    } catch (error) {
      // Not the parser's message: it may quote a secret.
      const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
      const name = path.basename(file);
      return {
        ok: false,
        reason: "ChannelEnvironmentMissing",
        message: isMissing ? `${name} is missing` : `${name} is not a JSON object of text values`,
      };
    }
  };

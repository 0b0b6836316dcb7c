import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import type { TemplateReading } from "./plan/plan-account.ts";

const variables = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string());

/**
 * How channel processes start here. Read anew for every plan: whoever installs the platform may
 * write the file after the operator has started.
 */
export const createTemplateReader =
  (file: string, { root, command }: { root: string; command?: string[] }) =>
  (): TemplateReading => {
    try {
      const env = variables.parse(JSON.parse(readFileSync(file, "utf8")));
      const start = command ?? [process.execPath, "services/whatsapp/src/main.ts"];
      return { ok: true, template: { command: start, workingDirectory: root, env } };
    } catch (error) {
      // Not the parser's message: it may quote a secret.
      const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
      const name = path.basename(file);
      return {
        ok: false,
        message: isMissing ? `${name} is missing` : `${name} is not a JSON object of text values`,
      };
    }
  };

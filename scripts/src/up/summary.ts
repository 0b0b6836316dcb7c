import { writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { RunFile } from "./run-file.ts";

/** What a person needs after the start: where it is, how to sign in, what to do next. */
export const summary = (run: RunFile, root: string, stateDir: string): string => {
  const { urls, demo } = run;
  const inClone = relative(root, stateDir);
  const folder = inClone.startsWith("..") ? stateDir : inClone;
  const option = folder === ".rarity" ? "" : ` --data "${folder}"`;
  return `
Rarity Leads is running.

  URL        ${urls.edge}   (links to all of this)
  Sign-in    ${demo.email}  /  ${demo.password}
  API        ${urls.edge}/api/openapi.json
  Phones     ${urls.sandbox}   (the sandbox: emulated WhatsApp phones to pair and write with)
  Resources  ${urls.operator}/apis/rarityleads.io/v1alpha1/whatsappaccounts   (the operator: YAML goes here)
  Files      ${folder}/data   logs in ${folder}/logs and ${folder}/data/operator/logs

  Next       scripts/demo${option}
               the main job, from a YAML account to a phone and back
             docs/first-steps.md
               the same by hand: apply a YAML, pair by QR, write, answer
             npx kubectl-rarity status
               what runs and why; also: why account NAME, pair NAME
             scripts/down${option}
               stops it from another terminal; the data stays
`;
};

/** The same as shell variables, for commands typed by hand: `. .rarity/env`. */
export const writeEnvFile = (stateDir: string, { urls, demo }: RunFile): void => {
  const values = {
    RARITY_URL: urls.edge,
    RARITY_SANDBOX_URL: urls.sandbox,
    RARITY_OPERATOR_URL: urls.operator,
    RARITY_ORG_ID: demo.orgId,
    RARITY_EMAIL: demo.email,
    RARITY_PASSWORD: demo.password,
  };
  const lines = Object.entries(values).map(([name, value]) => `export ${name}='${value}'\n`);
  writeFileSync(join(stateDir, "env"), lines.join(""), { mode: 0o600 });
};

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What a template would take for its own; CRDs hold none today. */
const braces = /\{\{|\}\}/;

const head = `{{- if .Values.crds.enabled }}\n`;
const tail = `{{- end }}\n`;
const metadata = (name: string): string => `metadata:
  name: ${name}
  labels:
    {{- include "rarity-leads.labels" . | nindent 4 }}
  {{- if .Values.crds.keep }}
  annotations:
    helm.sh/resource-policy: keep
  {{- end }}
`;

/** One CRD as a template of the chart: the same text, with labels and the policy to keep it. */
export const crdTemplate = (text: string, source: string): string => {
  if (braces.test(text)) throw new Error(`${source} holds braces that a template would act on`);
  const body = text.replace(/^#.*\n/, "");
  // Its own labels are among those of the chart.
  const found = /^metadata:\n((?: .*\n)+)/m.exec(body);
  const name = /^ {2}name: (\S+)$/m.exec(found?.[1] ?? "")?.[1];
  if (found === null || name === undefined) throw new Error(`${source} has no plain metadata`);
  const note = `{{- /* Generated from ${source} by scripts/src/generate-chart.ts. Do not edit. */}}\n`;
  return note + head + body.replace(found[0], metadata(name)).trimEnd() + "\n" + tail;
};

/** Every CRD of the project, by the chart's file names. */
export const crdTemplates = (root: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(join(root, "crds"))
      .filter((file) => file.endsWith(".yaml"))
      .sort()
      .map((file) => [
        `templates/crds/${file}`,
        crdTemplate(readFileSync(join(root, "crds", file), "utf8"), `crds/${file}`),
      ]),
  );

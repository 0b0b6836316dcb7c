import process from "node:process";
import { makeReport } from "../diff/make-report.ts";
import { parseManifests, readManifestText } from "../diff/read-manifests.ts";
import { renderDiff } from "../diff/render-diff.ts";
import { exitCodeOf } from "../diff/report.ts";
import { CliError, usageExit } from "../ports.ts";
import { namespaceOf, type Command } from "../session.ts";

const usage = "diff -f FILE";

/** The plan of a change before it is applied. Exit status as `kubectl diff`: 0 same, 1 changes. */
export const diff: Command = {
  usage,
  about: "what applying a file would do: objects, fields, and the pods it replaces",
  failureExit: 2,
  run: async (session, args) => {
    const { objects, options, output } = session;
    const { file } = options;
    if (file === undefined || args.length > 0) {
      throw new CliError(`usage: kubectl rarity ${usage} (- is the standard input)`, usageExit);
    }
    const content = await readManifestText(file, process.stdin);
    const { ours, others } = parseManifests(content, namespaceOf(session));
    const report = await makeReport({
      ...{ objects, given: ours, fieldManager: options.fieldManager, now: session.now() },
      progress: output.note,
    });
    if (others.length > 0) {
      report.notes.push(`not of our kinds, and not compared: ${others.join(", ")}`);
    }
    if (objects.runs === "processes") report.notes.push(localNote);
    output.print(options.output === "json" ? JSON.stringify(report) : renderDiff(report));
    return exitCodeOf(report);
  },
};

const localNote =
  "the local runtime checks and completes what is in the file; processes are shown as the operator builds them, without the environment it gives them, and a restart of scripts/up starts them anew in any case";

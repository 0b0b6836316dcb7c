import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KubeObject } from "../../cluster/client/kube-client.ts";
import { parseObjects } from "../../cluster/client/read-objects.ts";
import { findOnPath } from "../../lib/find-on-path.ts";
import { runCommand } from "../../lib/run-command.ts";

/** Prometheus' own operator, as a Go module: its CRDs lie in it. */
const carrier = "github.com/prometheus-operator/prometheus-operator@v0.85.0";

/** The definitions of kinds the chart uses where they exist; undefined without Go. */
export const monitoringCrds = async (
  plurals: readonly string[],
): Promise<KubeObject[] | undefined> => {
  const go = await findOnPath("go");
  if (go === undefined) return undefined;
  const options = { cwd: tmpdir(), timeoutMs: 300_000 };
  const answer = await runCommand(go, ["mod", "download", "-json", carrier], options);
  const { Dir: folder } = JSON.parse(answer) as { Dir: string };
  return plurals.flatMap((plural) => {
    const file = `example/prometheus-operator-crd/monitoring.coreos.com_${plural}.yaml`;
    return parseObjects(readFileSync(join(folder, file), "utf8"));
  });
};

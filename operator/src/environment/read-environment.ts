import { KubernetesEnvironment, type KubernetesConfig } from "./kubernetes.ts";
import { LocalEnvironment, type LocalConfig } from "./local.ts";

export type OperatorConfig = LocalConfig | KubernetesConfig;

export type EnvironmentReading =
  | { ok: true; config: OperatorConfig }
  /** Every problem at once, by variable; never a value. */
  | { ok: false; problems: string[] };

const environments = { local: LocalEnvironment, kubernetes: KubernetesEnvironment };

/** The configuration in these variables. An empty one counts as absent. */
export const readEnvironment = (
  variables: Readonly<Record<string, string | undefined>>,
): EnvironmentReading => {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
  const { CLUSTER: cluster = "local" } = given;
  if (cluster !== "local" && cluster !== "kubernetes") {
    return { ok: false, problems: ["CLUSTER: must be local or kubernetes"] };
  }
  const parsed = environments[cluster].safeParse(given);
  if (parsed.success) return { ok: true, config: parsed.data };
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  return { ok: false, problems };
};

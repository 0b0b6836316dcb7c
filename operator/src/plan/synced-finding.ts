import type { Finding } from "../api/conditions.ts";

/** What differs between what is asked for and what there is, before this plan is carried out. */
export interface Changes {
  steps: readonly string[];
  /** Deployments kept as an earlier operator built them. */
  held: readonly string[];
}

const namedMax = 3;

/** Whether the cluster is as asked for: after an apply it is; without one, here is the drift. */
export const syncedFinding = (
  policy: "Apply" | "DryRun" | "Observe",
  { steps, held }: Changes,
): Finding => {
  if (policy !== "Apply" && steps.length > 0) {
    const more = steps.length > namedMax ? ` and ${steps.length - namedMax} more` : "";
    const message = `would ${steps.slice(0, namedMax).join("; ")}${more}`;
    return { type: "Synced", status: "False", reason: "Drifted", message };
  }
  if (held.length > 0) {
    const message = `this operator builds pods otherwise, and leaves ${held.join(", ")} alone: change spec.version or the annotation rarityleads.io/roll to replace them`;
    return { type: "Synced", status: "True", reason: "HeldForUpgrade", message };
  }
  const message = "the cluster is as asked for";
  return { type: "Synced", status: "True", reason: "AsAsked", message };
};

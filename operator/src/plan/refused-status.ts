import { mergeConditions } from "../api/conditions.ts";
import type { Condition, KubeObject } from "../api/objects.ts";

interface WithConditions {
  conditions?: Condition[];
}

/** A status when the cluster refused something of the plan: it says so, and what. */
export const refusedStatus = <Status extends WithConditions>(
  owner: KubeObject & { status?: WithConditions },
  status: Status,
  refused: { message: string; now: Date },
): Status => {
  const context = { generation: owner.metadata.generation ?? 1, now: refused.now };
  const message = `the cluster refuses ${refused.message}`;
  const reason = "Refused";
  const findings = [
    { type: "Ready", status: "False", reason, message },
    { type: "Degraded", status: "True", reason, message },
    { type: "Synced", status: "False", reason, message },
  ] as const;
  const said = mergeConditions(owner.status?.conditions ?? [], [...findings], context);
  const others = (status.conditions ?? []).filter(
    ({ type }) => !findings.some((finding) => finding.type === type),
  );
  return { ...status, conditions: [...said, ...others] };
};

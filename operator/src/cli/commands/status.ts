import type { Account } from "../../api/account-kinds.ts";
import type { KubeObject } from "../../api/objects.ts";
import { listAccounts } from "../find-account.ts";
import { span } from "../render/ago.ts";
import { table } from "../render/table.ts";
import { namespaceOf, type Command, type Session } from "../session.ts";
import { findCondition } from "../why/account-chain.ts";

/** One line for each installation and account. Exit status 1 when one is not Ready. */
export const status: Command = {
  usage: "status [-A]",
  about: "installations and accounts: ready or not, why, pods, queue",
  run: async (session) => {
    const namespace = session.options.allNamespaces ? undefined : namespaceOf(session);
    const [platforms, accounts] = await Promise.all([
      session.objects.list("Platform", { namespace }),
      listAccounts(session.objects, namespace),
    ]);
    const rows = [...platforms, ...accounts].map((object) => toRow(object, session.now()));
    const isGood = rows.every(({ ready }) => ready === "True");
    session.output.print(
      session.options.output === "json"
        ? JSON.stringify({ where: session.objects.where, objects: rows })
        : renderRows(rows, session, namespace),
    );
    return isGood ? 0 : 1;
  },
};

interface StatusRow {
  namespace: string;
  name: string;
  ready: string;
  reason: string;
  message: string;
  pods: string;
  queue: string;
  age: string;
}

const toRow = (object: KubeObject, now: Date): StatusRow => {
  const { namespace, name, creationTimestamp } = object.metadata;
  return {
    namespace,
    name: `${object.kind}/${name}`,
    ...readiness(object),
    ...workload(object as Account),
    age: span(creationTimestamp, now) ?? "-",
  };
};

const readiness = (object: KubeObject): Pick<StatusRow, "ready" | "reason" | "message"> => {
  const found = findCondition(object, "Ready");
  if (found === undefined) {
    const message = "the operator has not looked at it yet";
    return { ready: "Unknown", reason: "NotSeenYet", message };
  }
  const isPaused = found.status === "True" && findCondition(object, "Paused")?.status === "True";
  return {
    ready: found.status,
    reason: isPaused ? "Paused" : found.reason,
    message: found.message,
  };
};

const workload = ({ status: state }: Account): Pick<StatusRow, "pods" | "queue"> => ({
  pods:
    state?.desiredReplicas === undefined
      ? "-"
      : `${state.readyReplicas ?? 0}/${state.desiredReplicas}`,
  queue: state?.queue ?? "-",
});

const renderRows = (
  rows: readonly StatusRow[],
  session: Session,
  namespace: string | undefined,
): string => {
  const place = namespace === undefined ? "any namespace" : `namespace ${namespace}`;
  if (rows.length === 0) {
    return `Nothing of ours in ${place} of ${session.objects.where}. Apply an account: kubectl apply -f crds/samples/valid/whatsapp-minimal.yaml`;
  }
  const lines = table(
    ["NAMESPACE", "NAME", "READY", "REASON", "PODS", "QUEUE", "AGE"],
    rows.map((row) => [
      row.namespace,
      row.name,
      row.ready,
      row.reason,
      row.pods,
      row.queue,
      row.age,
    ]),
  );
  const bad = rows.filter(({ ready }) => ready !== "True");
  const notes = bad.slice(0, 20).map(({ name, message }) => `  ${name}: ${message}`);
  const summary = `${rows.length - bad.length} of ${rows.length} ready.`;
  const hint = bad.length === 0 ? [] : ["", "Why: kubectl rarity why account NAME"];
  return [lines, "", summary, ...notes, ...hint].join("\n");
};

import type { Evidence, Violation } from "./evidence.ts";
import { judgeProtocolRows } from "./protocol-rows.ts";
import { judgeReceipts } from "./receipts.ts";
import { judgeRecipientView } from "./recipient-view.ts";
import { judgeBudget, judgeCancelled, judgeInbound, judgeStream } from "./the-rest.ts";

export type Verdict = {
  lost: number;
  doubled: number;
  undecryptable: number;
  uncertain: number;
  violations: Violation[];
};

/** Holds what happened against I1 to I13, and receipts and copies beside. Pure: evidence in, verdict out. */
export function judge(evidence: Evidence): Verdict {
  const view = judgeRecipientView(evidence);
  const inbound = judgeInbound(evidence);
  return {
    // A reply nobody stored is lost as well; a copy that is missing would be undecryptable later.
    lost: view.lost.length + inbound.length,
    doubled: view.doubled.length,
    undecryptable: view.undecryptable.length + view.missingCopies.length,
    uncertain: view.uncertain,
    violations: [
      ...view.lost,
      ...view.doubled,
      ...view.undecryptable,
      ...view.missingCopies,
      ...view.outOfOrder,
      ...judgeProtocolRows(evidence),
      ...inbound,
      ...judgeReceipts(evidence),
      ...judgeCancelled(evidence),
      ...judgeBudget(evidence),
      ...judgeStream(evidence),
    ],
  };
}

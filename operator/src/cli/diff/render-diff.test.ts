import { expect, it } from "vitest";
import { renderDiff } from "./render-diff.ts";
import { exitCodeOf, mergeChanges, type DiffReport, type ObjectChange } from "./report.ts";

const empty: DiffReport = { where: "here", changes: [], accounts: [], refused: [], notes: [] };
const change = (parts: Partial<ObjectChange>): ObjectChange => ({
  ...{ action: "change", kind: "Deployment", namespace: "default", name: "whatsapp-sales" },
  ...{ fields: [], podsReplaced: 0 },
  ...parts,
});

it("says object by object what changes, then what restarts", () => {
  const report: DiffReport = {
    ...empty,
    changes: mergeChanges([
      change({ kind: "WhatsAppAccount", fields: [{ path: "spec.phone", after: "x" }] }),
      change({ fields: [{ path: "spec.template.spec.x", before: 1, after: 2 }], podsReplaced: 2 }),
      change({ fields: [{ path: "spec.replicas", before: 2, after: 1 }] }),
      change({ action: "create", kind: "Job", name: "migrate" }),
    ]),
    accounts: [
      {
        ...{ kind: "XAccount", namespace: "default", name: "x", changes: ["Deployment"] },
        podsReplaced: 1,
      },
    ],
    notes: ["something"],
  };
  expect(renderDiff(report)).toBe(`change WhatsAppAccount/whatsapp-sales (default)
  spec.phone: (none) -> "x"

change Deployment/whatsapp-sales (default)
  spec.template.spec.x: 1 -> 2
  spec.replicas: 2 -> 1
  2 pods are replaced

create Job/migrate (default)

change 1 account(s) that are not in the file: Deployment
  XAccount/x

3 pods are replaced, of Deployment/whatsapp-sales, XAccount/x.

Note: something`);
  expect(exitCodeOf(report)).toBe(1);
});

it("a long list of accounts is cut, and every one of them counted", () => {
  const accounts = Array.from({ length: 12 }, (_, n) => ({
    ...{ kind: "XAccount", namespace: "default", name: `x-${n}`, changes: ["Deployment"] },
    podsReplaced: 1,
  }));
  expect(renderDiff({ ...empty, accounts })).toMatch(/XAccount\/x-9 and 2 more/);
});

it("tells nothing, changes and a refusal apart", () => {
  expect([exitCodeOf(empty), renderDiff(empty)]).toEqual([0, "Nothing changes."]);
  const refused = [{ kind: "Platform", namespace: "default", name: "p", message: "no" }];
  expect(exitCodeOf({ ...empty, refused })).toBe(2);
  expect(renderDiff({ ...empty, refused })).toBe("refused Platform/p (default)\n  no");
});

import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { alertRules } from "./alert-rules.ts";

const root = path.join(import.meta.dirname, "../../../..");

it.each(alertRules("sales"))("$alert is about its namespace and has a runbook", (rule) => {
  const { alert, expr, annotations } = rule;
  expect(expr).toContain('namespace="sales"');
  expect(readFileSync(path.join(root, annotations.runbook_url), "utf8")).toContain(`# ${alert}\n`);
});

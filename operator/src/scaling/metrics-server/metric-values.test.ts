import { describe, expect, it } from "vitest";
import type { AccountDemand, DemandSource } from "./demand-source.ts";
import { accountDemand, metricValues } from "./metric-values.ts";

const readAt = new Date("2026-11-24T12:00:00.000Z");
const first = "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e01";
const second = "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e02";
const known = (accountId: string, value: number, namespace = "leads"): AccountDemand => ({
  namespace,
  accountId,
  demand: { ok: true, value, readAt },
});
const sourceOf = (...demands: AccountDemand[]): DemandSource => ({
  demandsIn: (namespace, accountId) =>
    demands.filter(
      (each) =>
        each.namespace === namespace && (accountId === undefined || each.accountId === accountId),
    ),
});
const ask = (source: DemandSource, labelSelector = "", metric = "rarity_account_demand") =>
  metricValues(source, { namespace: "leads", metric, labelSelector });

describe("metricValues", () => {
  it("answers in the form of external.metrics.k8s.io", () => {
    expect(ask(sourceOf(known(first, 12)), `account_id=${first}`)).toEqual({
      code: 200,
      body: {
        kind: "ExternalMetricValueList",
        apiVersion: "external.metrics.k8s.io/v1beta1",
        metadata: {},
        items: [
          {
            metricName: "rarity_account_demand",
            metricLabels: { account_id: first },
            timestamp: "2026-11-24T12:00:00.000Z",
            value: "12",
          },
        ],
      },
    });
  });

  it("names only what the selector and the namespace cover", () => {
    const source = sourceOf(known(first, 1), known(second, 2), known(second, 3, "elsewhere"));
    const values = (selector: string) =>
      (ask(source, selector).body as { items: { value: string }[] }).items.map(
        ({ value }) => value,
      );
    expect(values("")).toEqual(["1", "2"]);
    expect(values(`account_id!=${first}`)).toEqual(["2"]);
    expect(values(`account_id in (${first},${second})`)).toEqual(["1", "2"]);
    expect(values("account_id=00000000-0000-7000-8000-000000000000")).toEqual([]);
  });

  it("is unavailable, never zero, when the demand of one asked for is not known", () => {
    const lost: AccountDemand = {
      namespace: "leads",
      accountId: second,
      demand: { ok: false, message: "/internal/queue-depth answered 500" },
    };
    const source = sourceOf(known(first, 1), lost);
    expect(ask(source)).toMatchObject({
      code: 503,
      body: { reason: "ServiceUnavailable", status: "Failure" },
    });
    expect(ask(source, `account_id=${first}`).code).toBe(200);
    expect(accountDemand(source, { namespace: "leads", accountId: second }).code).toBe(503);
  });

  it("does not know other metrics, and reads no broken selector", () => {
    expect(ask(sourceOf(), "", "requests")).toMatchObject({ code: 404 });
    expect(ask(sourceOf(), "a in b")).toMatchObject({ code: 400, body: { reason: "BadRequest" } });
  });

  it("answers KEDA with one number", () => {
    const source = sourceOf(known(first, 7));
    expect(accountDemand(source, { namespace: "leads", accountId: first }).body).toEqual({
      demand: 7,
    });
    expect(accountDemand(source, { namespace: "other", accountId: first }).code).toBe(404);
  });
});

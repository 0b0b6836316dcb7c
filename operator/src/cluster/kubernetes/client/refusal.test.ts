import { describe, expect, it } from "vitest";
import { refusalOf } from "./refusal.ts";
import { withoutValue } from "./without-value.ts";

describe("a validation message without its value", () => {
  it.each([
    ['Invalid value: "abc": must be lowercase', "Invalid value: must be lowercase"],
    ['Invalid value: "a\\": b": must be lowercase', "Invalid value: must be lowercase"],
    ['Invalid value: {"a":"b: c"}: field is immutable', "Invalid value: field is immutable"],
    ["Invalid value: 7: must be less than 5", "Invalid value: must be less than 5"],
    ['Unsupported value: "x": supported values: "a"', 'Unsupported value: supported values: "a"'],
    ['Duplicate value: "x"', "Duplicate value"],
    ['Invalid value: "cut off', "Invalid value"],
    ["Required value", "Required value"],
    [
      'Invalid value: "abc": spec.orgId in body must be of type uuid: "abc"',
      "Invalid value: spec.orgId in body must be of type uuid",
    ],
  ])("%s", (message, expected) => {
    expect(withoutValue(message)).toBe(expected);
  });
});

const answer = (parts: object): string => JSON.stringify({ kind: "Status", ...parts });

describe("what the server refuses", () => {
  it.each([
    [400, {}, "BadRequest"],
    [401, {}, "Unauthorized"],
    [403, {}, "Forbidden"],
    [404, { details: { name: "a" } }, "NotFound"],
    [404, {}, "NotServed"],
    [409, { reason: "AlreadyExists" }, "AlreadyExists"],
    [409, { reason: "Conflict" }, "Conflict"],
    [429, {}, "Unavailable"],
    [500, {}, "Unavailable"],
    [500, { message: ".spec.a: field not declared in schema" }, "BadRequest"],
    [503, {}, "Unavailable"],
    [418, {}, "BadRequest"],
  ])("%i with %j is %s", (code, parts, reason) => {
    expect(refusalOf(code, answer(parts)).reason).toBe(reason);
  });

  it("says which field and why, and repeats nothing that was sent", () => {
    const causes = [
      { field: "spec.key", message: 'Invalid value: "hunter2": must be longer' },
      { field: "spec.size", message: "Invalid value: accessor error: hunter2 is no number" },
    ];
    const details = { kind: "WhatsAppAccount", name: "sales", causes };
    const sent = { metadata: { name: "sales" }, spec: { key: "hunter2" } };
    const error = refusalOf(422, answer({ reason: "Invalid", details }), sent);
    expect(error.message).toBe(
      'WhatsAppAccount "sales" is invalid: spec.key: Invalid value: must be longer; ' +
        "spec.size: Invalid value: <value> is no number",
    );
    expect(JSON.stringify(error.causes)).not.toContain("hunter2");
  });

  it("takes an answer that is no Status", () => {
    expect(refusalOf(502, "<html>").message).toBe("the API server answered 502");
  });
});

import { expect, it } from "vitest";
import { ClusterError } from "../../errors.ts";
import { ExpiredError } from "../client/kube-client.ts";
import { parseWatchLine } from "./parse-watch-line.ts";

const failure = (line: string): unknown => {
  try {
    return parseWatchLine(line);
  } catch (error) {
    return error;
  }
};
const report = (object: unknown): string => JSON.stringify({ type: "ERROR", object });

it("says that a line is not JSON, and nothing of what is in it", () => {
  const error = failure('{"type":"ADDED","object":{"spec":{"phone":"+4915112345678}}}');
  expect(error).toBeInstanceOf(ClusterError);
  expect(String(error)).not.toContain("4915112345678");
});

it("tells a version that is no longer kept from other errors", () => {
  expect(failure(report({ code: 410, message: "too old" }))).toBeInstanceOf(ExpiredError);
  expect(failure(report({ reason: "Expired" }))).toBeInstanceOf(ExpiredError);
  expect(failure(report({ code: 500, message: "no leader" }))).toMatchObject({
    ...{ reason: "Unavailable", message: "no leader" },
  });
});

import { expect, it } from "vitest";
import { sessionStartS } from "./session-start.ts";

it("reads the time of the example in RFC 9562, appendix A.6", () => {
  expect(sessionStartS("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")).toBe(
    Date.parse("2022-02-22T19:22:22Z") / 1000,
  );
});

import { describe, expect, test } from "vitest";
import { ackError } from "./ack-error.ts";

describe("ackError", () => {
  test.each([
    ["400", "content"],
    ["403", "recipient"],
    ["404", "recipient"],
    ["429", "transient"],
    ["463", "account"],
    ["475", "account"],
    ["479", "content"],
    ["500", "transient"],
    ["503", "transient"],
  ])("%s is about the %s", (code, errorClass) => {
    expect(ackError(code)).toMatchObject({ class: errorClass, code });
  });

  test("does not guess what a code it does not know means", () => {
    expect(ackError("599")).toEqual({
      class: "unknown",
      code: "599",
      message: "WhatsApp refused the message with code 599.",
    });
  });
});

import { describe, expect, it } from "vitest";
import { attemptsMax, retryDelayMs, type Attempt } from "./retry.ts";

const attempt = (parts: Partial<Attempt> = {}): Attempt => ({
  ...{ number: 1, method: "PATCH", status: 429, retryAfter: undefined, random: 0.5 },
  ...parts,
});

describe("whether a request is sent again", () => {
  it.each([
    ["overload", { status: 429 }, true],
    ["no connection", { status: undefined }, true],
    ["a gateway's failure", { status: 502 }, true],
    ["no service", { status: 503 }, true],
    ["a gateway's time-out", { status: 504 }, true],
    ["a failed read", { status: 500, method: "GET" }, true],
    ["a failed write", { status: 500 }, false],
    ["a failed write with a time to come back", { status: 500, retryAfter: "1" }, true],
    ["a token that is not known", { status: 401 }, true],
    ["a token that is still not known", { status: 401, number: 2 }, false],
    ["a refusal", { status: 422 }, false],
    ["a conflict", { status: 409 }, false],
    ["a server that wants too long a pause", { retryAfter: "31" }, false],
    ["the last attempt", { number: attemptsMax }, false],
  ])("%s", (_what, parts, expected) => {
    expect(retryDelayMs(attempt(parts)) !== undefined).toBe(expected);
  });

  it("waits twice as long each time, with jitter", () => {
    const delays = [1, 2, 3, 4].map((number) => retryDelayMs(attempt({ number, random: 1 })));
    expect(delays).toEqual([100, 200, 400, 800]);
    expect(retryDelayMs(attempt({ random: 0 }))).toBe(50);
  });

  it("waits as long as the server asks, and a little longer", () => {
    expect(retryDelayMs(attempt({ retryAfter: "2", random: 0.5 }))).toBe(2_050);
    expect(retryDelayMs(attempt({ retryAfter: "Wed, 21 Oct 2026 07:28:00 GMT" }))).toBe(75);
  });
});

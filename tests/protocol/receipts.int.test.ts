import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSender, openProtocolWorld, type ProtocolWorld } from "../support/protocol-world.ts";
import { acked, sendOne } from "./outcomes.ts";

let world: ProtocolWorld;
let org: string;
beforeAll(async () => {
  world = await openProtocolWorld();
  org = await world.makeOrg();
});
afterAll(() => world.close());

describe("receipts (K8)", () => {
  test("move forward only, whatever their order", async () => {
    const sender = await openSender(world, org);
    const { id, attempt } = await sendOne(sender);
    await sender.settle([acked(attempt)]);
    const at = new Date().toISOString();
    const receipt = (status: string) => ({ providerMessageId: attempt.providerToken, status, at });
    await sender.receipts([receipt("read"), receipt("delivered")]);
    expect(await sender.message(id)).toMatchObject({ status: "read" });
    await sender.receipts([
      receipt("delivered"),
      receipt("server_acked"),
      receipt("failed"),
      receipt("read"),
    ]);
    expect(await sender.message(id)).toMatchObject({ status: "read" });
    expect(await sender.history(id)).toEqual([
      "accepted",
      "queued",
      "dispatching",
      "server_acked",
      "delivered",
      "read",
    ]);
  });

  test("prove that an open attempt arrived, and a late ack does not pull it back", async () => {
    const sender = await openSender(world, org);
    const { id, attempt } = await sendOne(sender);
    await sender.receipts([
      {
        providerMessageId: attempt.providerToken,
        status: "delivered",
        at: new Date().toISOString(),
      },
    ]);
    expect(await sender.message(id)).toMatchObject({ status: "delivered" });
    expect(await sender.open()).toEqual([]);
    await sender.settle([acked(attempt)]);
    expect(await sender.message(id)).toMatchObject({ status: "delivered" });
  });

  test("that say an open call failed come after it, and its result changes nothing", async () => {
    const sender = await openSender(world, org);
    const { id, attempt } = await sendOne(sender);
    const at = new Date().toISOString();
    await sender.receipts([{ providerMessageId: attempt.providerToken, status: "failed", at }]);
    await sender.settle([acked(attempt)]);
    expect(await sender.message(id)).toMatchObject({ status: "failed", attempt_count: 1 });
    const steps = await sender.history(id);
    expect(steps).toEqual(["accepted", "queued", "dispatching", "failed"]);
  });

  test("of an unknown id are kept and matched when the id is learned", async () => {
    const sender = await openSender(world, org);
    const { id, attempt } = await sendOne(sender);
    expect(
      await sender.receipts([
        { providerMessageId: "LATE-ID", status: "delivered", at: new Date().toISOString() },
      ]),
    ).toMatchObject({ matched: 0 });
    await sender.settle([acked(attempt, "LATE-ID")]);
    expect(await sender.message(id)).toMatchObject({ status: "delivered" });
  });
});

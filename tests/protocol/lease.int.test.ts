import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openProtocolWorld, type ProtocolWorld } from "../support/protocol-world.ts";

let world: ProtocolWorld;
let org: string;
beforeAll(async () => {
  world = await openProtocolWorld();
  org = await world.makeOrg();
});
afterAll(() => world.close());

describe("lease (K2)", () => {
  const acquire = (account: string, holder: string, proof = false) =>
    world.call("rarity_whatsapp", org, "channels.acquire_lease", account, holder, 30_000, proof);

  test("has one holder; the token grows with each taking; proof of death or expiry frees it", async () => {
    const account = await world.makeAccount(org);
    expect(await acquire(account, "a")).toMatchObject({ ok: true, token: 1 });
    expect(await acquire(account, "b")).toMatchObject({
      ok: false,
      code: "LEASE_HELD",
      holder: "a",
    });
    expect(await acquire(account, "b", true)).toMatchObject({
      ok: true,
      token: 2,
      takeover: "proved",
    });
    expect(
      await world.call("rarity_whatsapp", org, "channels.renew_lease", account, "a", 1, 30_000),
    ).toMatchObject({ ok: false });
    expect(
      await world.call("rarity_whatsapp", org, "channels.renew_lease", account, "b", 2, 30_000),
    ).toMatchObject({ ok: true });
    await world.call("rarity_whatsapp", org, "channels.release_lease", account, "b", 2);
    expect(await acquire(account, "c")).toMatchObject({ ok: true, token: 3, takeover: "expired" });
  });

  test("of many at once exactly one gets it", async () => {
    const account = await world.makeAccount(org);
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => acquire(account, `h${n}`)),
    );
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
  });

  test("the state is set by the holder only, and told once", async () => {
    const account = await world.makeAccount(org);
    const { token } = await acquire(account, "a");
    const set = (t: number) =>
      world.call(
        "rarity_whatsapp",
        org,
        "channels.set_account_state",
        account,
        "reconnecting",
        "NETWORK",
        null,
        t,
      );
    expect(await set(token + 1)).toEqual({ ok: false, code: "LEASE_LOST" });
    expect(await set(token)).toEqual({ ok: true, changed: true });
    expect(await set(token)).toEqual({ ok: true, changed: false });
  });
});

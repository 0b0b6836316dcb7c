import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { waitFor } from "@rarity/platform/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { PodFixture } from "./pod-fixture.ts";
import { createPodFixture, hasEnded } from "./pod-fixture.ts";

let mediaDir: string;
let pods: PodFixture;

beforeAll(async () => {
  mediaDir = await mkdtemp(path.join(tmpdir(), "channel-kit-"));
  pods = await createPodFixture(mediaDir);
});

afterAll(async () => {
  await pods.close();
  await rm(mediaDir, { recursive: true });
});

/** Processes start slowly while everything else on a machine is busy. */
const patience = { timeoutMs: 60_000 };

async function untilAcked(ids: string[]): Promise<void> {
  await waitFor(
    async () => (await pods.messages(ids)).every(({ status }) => status === "server_acked"),
    { ...patience, what: "every message acked" },
  );
}

test("sends what was accepted, once each and in order, and gives the lease back on SIGTERM", async () => {
  const ids = await pods.accept(Array.from({ length: 30 }, (_, i) => `+1555000${i % 3}`));
  const pod = pods.startPod("first");
  await untilAcked(ids);
  for (const id of ids) {
    expect(await pods.attempts(id)).toMatchObject([{ attempt_no: 1, state: "A" }]);
  }
  const outOfOrder = await pods.admin.query(
    `select 1 from messaging.attempt a
       join messaging.message m on m.org_id = a.org_id and m.id = a.message_id
       join messaging.message n on n.org_id = m.org_id and n.conversation_id = m.conversation_id
        and n.seq > m.seq
       join messaging.attempt b on b.org_id = n.org_id and b.message_id = n.id
     where b.started_at < a.settled_at`,
  );
  expect(outOfOrder.rowCount).toBe(0);

  expect(await pods.stopPod(pod)).toBe(0);
  const lease = await pods.admin.query<{ held: boolean }>(
    "select expires_at > clock_timestamp() as held from channels.account_lease where account_id = $1",
    [pods.accountId],
  );
  expect(lease.rows).toEqual([{ held: false }]);
}, 120_000);

test.for(["K3", "K5", "K6"])(
  "killed at %s, the next life of the pod finishes the message under the same token",
  { timeout: 120_000 },
  async (point) => {
    const ids = await pods.accept([`+1666000${point.slice(1)}`]);
    const id = ids[0]!;
    const doomed = pods.startPod("phoenix", { RARITY_CRASH_POINT: point });
    await waitFor(() => hasEnded(doomed), { ...patience, what: "the crash" });
    expect(doomed.signalCode).toBe("SIGKILL");
    const [open] = await pods.attempts(id);
    expect(open).toMatchObject({ attempt_no: 1, state: "D" });

    const next = pods.startPod("phoenix");
    await untilAcked(ids);
    const [first, second, ...more] = await pods.attempts(id);
    expect(first).toMatchObject({ state: "S" });
    expect(second).toMatchObject({ state: "A", provider_token: open!.provider_token });
    expect(more).toEqual([]);
    expect(second!.holder).not.toBe(first!.holder);
    expect(await pods.stopPod(next)).toBe(0);
  },
);

test("only one of two pods sends; the other takes over when the first leaves", async () => {
  const one = pods.startPod("one");
  await untilAcked(await pods.accept(["+17770001"]));
  const two = pods.startPod("two");
  const [during] = await pods.accept(["+17770002"]);
  await untilAcked([during!]);
  expect((await pods.attempts(during!))[0]!.holder).toMatch(/^one\//);
  expect(await pods.stopPod(one)).toBe(0);
  const [after] = await pods.accept(["+17770003"]);
  await untilAcked([after!]);
  expect((await pods.attempts(after!))[0]!.holder).toMatch(/^two\//);
  expect(await pods.stopPod(two)).toBe(0);
}, 120_000);

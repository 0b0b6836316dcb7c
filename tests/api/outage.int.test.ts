import { waitFor } from "@rarity/platform/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, problemsOf, type Answer } from "./client.ts";
import { startCutProxy, type CutProxy } from "./cut-proxy.ts";
import { operations } from "./operations.ts";
import { kindOf, sampleOf } from "./sample.ts";
import { seedTenant, type Tenant } from "./seed.ts";
import { openSocket } from "./socket-client.ts";
import { startWorld, type World } from "./world.ts";

let postgres: CutProxy;
let redis: CutProxy;
let world: World;
let tenant: Tenant;
beforeAll(async () => {
  [postgres, redis] = [await startCutProxy(), await startCutProxy()];
  world = await startWorld({ postgres, redis });
  tenant = await seedTenant(world, "outage", "+14155550931");
});
afterAll(async () => {
  await world.stop();
  postgres.close();
  redis.close();
});

const all = operations();
const sendMessage = all.find(({ id }) => id === "sendMessage")!;
const send = (key: string, text: string): Promise<Answer> =>
  ask(world.edge, {
    method: "POST",
    path: "/api/messages/send",
    token: tenant.token,
    headers: { "idempotency-key": key },
    body: {
      to: { identity: { channel: "whatsapp", kind: "phone", value: "+14155550932" } },
      content: { type: "text", text },
    },
  });
const stored = async (text: string): Promise<number> =>
  Number(
    (
      await world.admin.query<{ n: string }>(
        "select count(*) as n from messaging.message where content ->> 'text' like $1",
        [text],
      )
    ).rows[0]?.n,
  );
const probe = async (path: string): Promise<Record<string, number>> => {
  const origins = Object.entries({ edge: world.edge, ...world.services });
  const asked = origins.map(async ([name, url]) => [name, (await ask(url, { path })).status]);
  return Object.fromEntries((await Promise.all(asked)) as [string, number][]);
};
const everywhere = (status: number): Record<string, number> =>
  Object.fromEntries(["edge", ...Object.keys(world.services)].map((name) => [name, status]));

describe("Postgres away", () => {
  beforeAll(() => postgres.cut());
  afterAll(async () => {
    await postgres.restore();
    await waitFor(
      async () => (await ask(world.services.orchestrator, { path: "/readyz" })).status === 200,
      {
        timeoutMs: 30_000,
      },
    );
  });

  test("every process lives; who needs the database is not ready", async () => {
    expect(await probe("/livez")).toEqual(everywhere(200));
    expect(await probe("/readyz")).toEqual({ ...everywhere(503), edge: 200 });
    expect(await probe("/metrics")).toEqual(everywhere(200));
  });

  test("every operation says 503 and when to come back, or needs no database", async () => {
    const problems: string[] = [];
    let unavailable = 0;
    for (const operation of all) {
      const hasId = operation.path.includes("{id}");
      const answer = await ask(world.edge, {
        method: operation.method,
        path: hasId
          ? operation.path.replace("{id}", tenant.ids[kindOf(operation.path)])
          : operation.path,
        token: tenant.token,
        ...(operation.body === undefined ? {} : { body: sampleOf(operation.body, tenant.ids) }),
      });
      if (answer.status === 503) unavailable += 1;
      else if (answer.status >= 500)
        problems.push(`${operation.id}: ${answer.status} ${answer.text}`);
      if (answer.status !== 503) continue;
      const found = problemsOf(answer, "UNAVAILABLE", operation);
      problems.push(...found.map((problem) => `${operation.id}: ${problem}`));
    }
    expect(problems).toEqual([]);
    expect(unavailable).toBeGreaterThan(all.length * 0.7);
  });

  test("a message is refused, and its key works afterwards", async () => {
    const refused = await send("outage-1", "after the outage");
    expect(problemsOf(refused, "UNAVAILABLE", sendMessage)).toEqual([]);
    await postgres.restore();
    const accepted = await waitFor(async () => {
      const answer = await send("outage-1", "after the outage");
      return answer.status === 202 && answer;
    });
    expect((await send("outage-1", "after the outage")).text).toBe(accepted.text);
    expect(await stored("after the outage")).toBe(1);
    postgres.cut();
  });
});

test("a cut in the middle of sending loses nothing and doubles nothing", async () => {
  const keys = Array.from({ length: 60 }, (_, n) => `cut-${n}`);
  const sending = keys.map(async (key, n) => {
    if (n === 20) postgres.cut();
    return [key, await send(key, `${key} in the middle`)] as const;
  });
  const answers = await Promise.all(sending);
  await postgres.restore();
  const statuses = new Set(answers.map(([, { status }]) => status));
  expect([...statuses].filter((status) => status !== 202 && status !== 503)).toEqual([]);
  for (const [key, answer] of answers) {
    const again = await waitFor(
      async () => {
        const repeated = await send(key, `${key} in the middle`);
        return repeated.status === 202 && repeated;
      },
      { timeoutMs: 30_000 },
    );
    // What was once accepted is the same message for ever.
    if (answer.status === 202) expect(again.text).toBe(answer.text);
  }
  expect(await stored("% in the middle")).toBe(keys.length);
});

describe("Redis away", () => {
  beforeAll(() => redis.cut());
  afterAll(() => redis.restore());

  test("nothing is less ready", async () => {
    expect(await probe("/livez")).toEqual(everywhere(200));
    expect(await probe("/readyz")).toEqual(everywhere(200));
  });

  test("messages are accepted, queued and announced to sockets", async () => {
    const socket = await openSocket(world.edge, tenant.token);
    socket.send("subscribe", { streams: ["org"] });
    await socket.next("subscribed");
    const answer = await send("redis-1", "without redis");
    expect(answer.status).toBe(202);
    const { id } = JSON.parse(answer.text) as { id: string };
    await waitFor(async () => {
      const read = await ask(world.edge, { path: `/api/messages/${id}`, token: tenant.token });
      return (JSON.parse(read.text) as { status: string }).status === "queued";
    });
    // Messages of the tests before may be announced only now, too.
    const isAnnounced = (): boolean =>
      socket.received.some(
        (one) => one.type === "message_accepted" && one.data["messageId"] === id,
      );
    await waitFor(isAnnounced, { what: "the message to be announced", timeoutMs: 20_000 });
    socket.close();
  });
});

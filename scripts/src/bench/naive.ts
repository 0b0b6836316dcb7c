// The pipeline one writes first, as its own process: a transaction of four trips, a relay that polls
// every 20 ms and adds job by job, a worker that updates one row and publishes one event a message.
import { randomUUID } from "node:crypto";
import { Queue, Worker } from "bullmq";
import Fastify from "fastify";
import { Redis } from "ioredis";
import pg from "pg";
import { WebSocketServer } from "ws";

const [adminUrl = "", redisUrl = ""] = process.argv.slice(2);
const tenant = randomUUID();
const pool = new pg.Pool({ connectionString: adminUrl, max: 10 });
const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
const subscriber = new Redis(redisUrl, { maxRetriesPerRequest: null });

await pool.query(`
  create schema if not exists bench_naive;
  create table if not exists bench_naive.message (id uuid primary key, tenant uuid not null, account uuid not null,
    recipient text not null, body text not null, status text not null default 'queued',
    created_at timestamptz not null default now(), updated_at timestamptz);
  create index if not exists message_tenant on bench_naive.message (tenant, created_at desc);
  create table if not exists bench_naive.outbox (id bigserial primary key, payload jsonb not null);
  truncate bench_naive.message, bench_naive.outbox`);

type Job = { id: string; accountId: string; to: string; text: string };
const name = `naive-${randomUUID()}`;
const queue = new Queue<Job>(name, {
  connection: redis,
  defaultJobOptions: { removeOnComplete: true },
});
const worker = new Worker<Job>(
  name,
  async (job) => {
    const sql = "update bench_naive.message set status = 'sent', updated_at = now() where id = $1";
    await pool.query(sql, [job.data.id]);
    await redis.publish(
      name,
      JSON.stringify({ type: "message_sent", data: { messageId: job.data.id } }),
    );
  },
  { connection: redis, concurrency: 50 },
);
await worker.waitUntilReady();

const accept = async (job: Job): Promise<void> => {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const values = [job.id, tenant, job.accountId, job.to, job.text];
    const sql =
      "insert into bench_naive.message (id, tenant, account, recipient, body) values ($1, $2, $3, $4, $5)";
    await client.query(sql, values);
    await client.query("insert into bench_naive.outbox (payload) values ($1)", [
      JSON.stringify(job),
    ]);
    await client.query("commit");
  } finally {
    client.release();
  }
};

let polling = true;
const relay = async (): Promise<void> => {
  while (polling) {
    const client = await pool.connect();
    await client.query("begin");
    const rows = await client.query<{ id: string; payload: Job }>(
      "select id, payload from bench_naive.outbox order by id limit 100 for update skip locked",
    );
    for (const row of rows.rows) {
      await queue.add("send", row.payload, { jobId: row.payload.id });
      await client.query("delete from bench_naive.outbox where id = $1", [row.id]);
    }
    await client.query("commit");
    client.release();
    if (rows.rowCount === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

type Body = { accountId: string; to: string; text: string };
const app = Fastify();
app.post<{ Body: Body }>("/send", async (request, reply) => {
  const id = randomUUID();
  await accept({ id, ...request.body });
  return reply.code(202).send({ id, status: "accepted" });
});
const sockets = new WebSocketServer({ noServer: true });
app.server.on("upgrade", (request, socket, head) =>
  sockets.handleUpgrade(request, socket, head, (client) => sockets.emit("connection", client)),
);
await subscriber.subscribe(name);
subscriber.on("message", (_channel, message) => {
  for (const client of sockets.clients) client.send(message);
});
const address = await app.listen({ port: 0, host: "127.0.0.1" });
const relaying = relay();
process.send?.({ url: address });
// Whoever measures is gone: nobody else would end this process.
process.once("disconnect", () => process.exit(0));
process.once("SIGTERM", () => {
  polling = false;
  void (async () => {
    await relaying;
    await worker.close();
    await queue.obliterate({ force: true });
    process.exit(0);
  })();
});

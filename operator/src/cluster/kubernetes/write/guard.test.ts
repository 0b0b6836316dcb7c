import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { ClusterError } from "../../errors.ts";
import { createConnection } from "../client/connection.ts";
import { createKubeClient } from "../client/kube-client.ts";
import { guardWrites } from "./guard.ts";

it("tries a write no second time once the lease is gone, and reads go on", async () => {
  const seen: string[] = [];
  let isLeading = true;
  const server = createServer((request, response) => {
    seen.push(request.method ?? "");
    if (request.method === "GET") return void response.end("{}");
    isLeading = false;
    response.writeHead(429, { "retry-after": "0" }).end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = createKubeClient({
    connection: createConnection({
      server: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    }),
    metrics: { requested: () => undefined, retried: () => undefined },
  });
  const guarded = guardWrites(client, {
    check: () => {
      if (!isLeading) throw new ClusterError("NotLeader", "another replica leads");
    },
    confirm: async () => Promise.resolve(),
  });
  try {
    const write = { method: "DELETE", path: "/api/v1/namespaces/x/secrets/y", body: {} } as const;
    await expect(guarded.send(write)).rejects.toMatchObject({ reason: "NotLeader" });
    expect(await guarded.send({ method: "GET", path: "/api" })).toEqual({});
    expect(seen).toEqual(["DELETE", "GET"]);
  } finally {
    await client.close();
    server.close();
  }
});

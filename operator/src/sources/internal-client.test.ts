import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { ClusterError } from "../cluster/errors.ts";
import { createInternalClient } from "./internal-client.ts";

it("changes nothing at a service once another replica may lead, and still reads", async () => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(request.method ?? "");
    response.end("{}");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/internal/accounts`;
  let isLeading = true;
  const beforeChange = (): void => {
    if (!isLeading) throw new ClusterError("NotLeader", "another replica leads");
  };
  const client = createInternalClient({ token: "t", beforeChange });
  try {
    await client.putJson(url, {});
    await client.postJson(url, {});
    isLeading = false;
    await expect(client.putJson(url, {})).rejects.toMatchObject({ reason: "NotLeader" });
    await expect(client.postJson(url, {})).rejects.toMatchObject({ reason: "NotLeader" });
    expect(await client.getText(url)).toBe("{}");
    expect(seen).toEqual(["PUT", "POST", "GET"]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

import { once } from "node:events";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { Agent, request, type Dispatcher } from "undici";
import { expect, it, onTestFinished } from "vitest";
import { createAuthority } from "../../../../../scripts/src/cluster/control-plane/certificates.ts";
import { createConnection, type Connection } from "./connection.ts";

/** A server that speaks HTTP/2 as the API server does, answers with the version and never ends a watch. */
const openServer = async () => {
  const authority = await createAuthority("test");
  const { certPem, keyPem } = await authority.sign({ commonName: "server", hosts: ["127.0.0.1"] });
  const server = createSecureServer({ cert: certPem, key: keyPem, allowHTTP1: true });
  let sockets = 0;
  server.on("secureConnection", () => (sockets += 1));
  server.on("request", ({ httpVersion, url }, response) => {
    response.write(httpVersion);
    if (url !== "/watch") response.end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connection = createConnection({ server: url, ca: { text: authority.certPem } });
  onTestFinished(async () => {
    await connection.close();
    server.close();
  });
  return { url, ca: authority.certPem, connection, sockets: () => sockets };
};

const versionBy = async (url: string, dispatcher: Dispatcher): Promise<string> =>
  (await request(url, { dispatcher })).body.text();

const beginWatch = async (url: string, connection: Connection): Promise<string> => {
  const { dispatcher } = await connection.watch();
  const { body } = await request(`${url}/watch`, { dispatcher });
  body.on("error", () => undefined);
  const [first] = (await once(body, "data")) as [Buffer];
  return first.toString();
};

it("gives every watch a connection of its own, though the server offers one for all", async () => {
  const { url, ca, connection, sockets } = await openServer();
  const left = new Agent({ connect: { ca } });
  onTestFinished(() => left.destroy());
  expect(await versionBy(url, left)).toBe("2.0");
  const before = sockets();
  const watches = [1, 2, 3].map(async () => beginWatch(url, connection));
  expect(await Promise.all(watches)).toEqual(["1.1", "1.1", "1.1"]);
  expect(sockets() - before).toBe(3);
  const { dispatcher } = await connection.request();
  expect(await versionBy(url, dispatcher)).toBe("1.1");
});

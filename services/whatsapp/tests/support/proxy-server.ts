import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

type ProxyCredentials = { username: string; password: string };

export type TestProxy = {
  url: string;
  /** The `host:port` asked for, one entry for each tunnel that was opened. */
  tunnels: string[];
  /** Requests without the right credentials. */
  refusals: number;
  bytes: number;
  close(): Promise<void>;
};

/** What the far side sees as the address of whoever comes through a test proxy. */
export const proxyAddress = "127.0.0.9";

const credentials: ProxyCredentials = { username: "sales team", password: "p@ss:w/rd" };

/** An HTTP proxy for CONNECT, over TLS when it gets a certificate. */
export async function startConnectProxy(tls?: { key: string; cert: string }): Promise<TestProxy> {
  const server = tls === undefined ? createHttpServer() : createHttpsServer(tls);
  const expected = Buffer.from(`${credentials.username}:${credentials.password}`);
  const proxy = await listen(server, tls === undefined ? "http" : "https");
  server.on("connect", (request, client: Socket) => {
    client.on("error", () => client.destroy());
    if (request.headers["proxy-authorization"] !== `Basic ${expected.toString("base64")}`) {
      proxy.refusals += 1;
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    const { hostname, port } = new URL(`tcp://${request.url ?? ""}`);
    tunnel(proxy, client, { host: hostname, port: Number(port) }, () =>
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n"),
    );
  });
  return proxy;
}

/** A SOCKS 5 proxy (RFC 1928) that asks for a user name and a password (RFC 1929). */
export async function startSocksProxy(): Promise<TestProxy> {
  const server = createServer((client) => {
    client.on("error", () => client.destroy());
    void speakSocks(proxy, client).catch(() => client.destroy());
  });
  const proxy = await listen(server, "socks5");
  return proxy;
}

async function speakSocks(proxy: TestProxy, client: Socket): Promise<void> {
  const [, methods = 0] = await take(client, 2);
  await take(client, methods);
  client.write(Buffer.from([5, 2]));
  const [, nameLength = 0] = await take(client, 2);
  const username = (await take(client, nameLength)).toString();
  const [passwordLength = 0] = await take(client, 1);
  const password = (await take(client, passwordLength)).toString();
  const isKnown = username === credentials.username && password === credentials.password;
  client.write(Buffer.from([1, isKnown ? 0 : 1]));
  if (!isKnown) {
    proxy.refusals += 1;
    client.end();
    return;
  }
  const [, , , kind] = await take(client, 4);
  const host = await takeHost(client, kind);
  const port = (await take(client, 2)).readUInt16BE();
  tunnel(proxy, client, { host, port }, () =>
    client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])),
  );
}

async function takeHost(client: Socket, kind: number | undefined): Promise<string> {
  if (kind === 1) return (await take(client, 4)).join(".");
  const [length = 0] = await take(client, 1);
  return (await take(client, length)).toString();
}

/** Exactly so many bytes, however they arrive. */
async function take(client: Socket, size: number): Promise<Buffer> {
  for (;;) {
    const found = client.read(size) as Buffer | null;
    if (found !== null) return found;
    await new Promise<void>((resolve, reject) => {
      client.once("readable", resolve);
      client.once("close", () => reject(new Error("the client left")));
    });
  }
}

function tunnel(
  proxy: TestProxy,
  client: Socket,
  target: { host: string; port: number },
  onOpen: () => void,
): void {
  const far = connect({ ...target, localAddress: proxyAddress });
  far.once("connect", () => {
    proxy.tunnels.push(`${target.host}:${target.port}`);
    onOpen();
    client.on("data", (chunk: Buffer) => (proxy.bytes += chunk.length));
    client.pipe(far).pipe(client);
  });
  far.on("error", () => client.destroy());
  far.once("close", () => client.destroy());
  client.once("close", () => far.destroy());
}

async function listen(server: Server, protocol: string): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const who = [credentials.username, credentials.password].map(encodeURIComponent).join(":");
  return {
    url: `${protocol}://${who}@127.0.0.1:${port}`,
    ...{ tunnels: [], refusals: 0, bytes: 0 },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

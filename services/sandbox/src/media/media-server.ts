import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { World } from "../world.ts";
import type { MediaCertificates } from "./certificates.ts";

export type MediaServer = { port: number; close(): Promise<void> };

const FOLDER = "/v/t62.7118-24/";
const MAX_BYTES = 104_857_600;

/** The https host clients upload encrypted media to and download it from. */
export async function startMediaServer(
  world: World,
  certificates: MediaCertificates,
  listen: { host: string; port: number },
): Promise<MediaServer> {
  const tls = { key: certificates.keyPem, cert: certificates.certPem };
  const server = createServer(tls, (request, response) => {
    const url = new URL(request.url ?? "/", "https://media.invalid");
    if (request.method === "POST") receiveUpload(world, request, response, url);
    else sendMedia(world, response, url.pathname);
  });
  server.on("connection", (socket: Socket) => world.peers.note("media", socket.remoteAddress));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(listen.port, listen.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function sendMedia(world: World, response: ServerResponse, path: string): void {
  const bytes = mediaAt(world, path);
  response.statusCode = bytes === undefined ? 404 : 200;
  response.end(bytes);
}

function receiveUpload(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_BYTES) request.destroy();
    else chunks.push(chunk);
  });
  request.on("end", () => {
    const body = Buffer.concat(chunks);
    const token = Buffer.from(decodeURIComponent(url.searchParams.get("token") ?? ""), "base64url");
    if (!createHash("sha256").update(body).digest().equals(token)) {
      response.statusCode = 400;
      response.end(JSON.stringify({ error: "hash mismatch" }));
      return;
    }
    const directPath = storeMedia(world, body);
    const link = `https://${world.mediaHost}${directPath}&mms3=true`;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ url: link, direct_path: directPath }));
  });
}

/** Clients append `&hash=...` to the path, so it must hold a query already. */
export function storeMedia(world: World, body: Buffer): string {
  const name = `${createHash("sha256").update(body).digest("hex").slice(0, 32)}_n.enc`;
  const path = FOLDER + name;
  world.media.put(name, body);
  const expiry = (Math.floor(Date.now() / 1000) + 86_400 * 30).toString(16);
  return `${path}?ccb=11-4&oh=${randomBytes(12).toString("hex")}&oe=${expiry}&_nc_sid=5e03e0`;
}

/** The encrypted file behind a path of the media host, with or without a query. */
export function mediaAt(world: World, path: string): Buffer | undefined {
  const [plain = ""] = path.split("?");
  return plain.startsWith(FOLDER) ? world.media.get(plain.slice(FOLDER.length)) : undefined;
}

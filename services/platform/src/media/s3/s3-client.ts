import { createHash } from "node:crypto";
import * as http from "node:http";
import * as https from "node:https";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import aws4 from "aws4";
import type { S3Location } from "../settings.ts";
import { connectionError, s3Error } from "./s3-error.ts";

type S3Call = {
  method: "GET" | "PUT" | "DELETE";
  key: string;
  /** What the server has to find: it refuses other bytes. */
  body?: { open(): Readable; sizeBytes: number; sha256: string; contentType: string };
};

export type S3Client = {
  /** The answer with an unread body. Throws for every status that is no success. */
  call(call: S3Call): Promise<http.IncomingMessage>;
  close(): void;
};

const socketsMax = 32;
/** One request may take this many times the longest silence. */
const totalTimeouts = 20;
const emptySha256 = createHash("sha256").digest("hex");

/** Signed requests over the platform's own HTTP client: bodies stream, nothing is held in memory. */
export function createS3Client(location: S3Location): S3Client {
  const { endpoint, pathStyle, bucket, timeoutMs } = location;
  const base = new URL(endpoint);
  const transport = base.protocol === "https:" ? https : http;
  const agent = new transport.Agent({
    keepAlive: true,
    maxSockets: socketsMax,
    timeout: timeoutMs,
  });
  const host = pathStyle ? base.host : `${bucket}.${base.host}`;
  const folder = base.pathname.replace(/\/+$/, "") + (pathStyle ? `/${bucket}` : "");

  const send = (call: S3Call): Promise<http.IncomingMessage> =>
    new Promise((resolve, reject) => {
      const path = `${folder}/${call.key.split("/").map(encodeURIComponent).join("/")}`;
      const { method, body } = call;
      const request = transport.request({
        ...{ agent, method, path, timeout: timeoutMs },
        hostname: new URL(`${base.protocol}//${host}`).hostname.replace(/^\[|\]$/g, ""),
        port: base.port,
        headers: signedHeaders(location, { host, path, call }),
        signal: AbortSignal.timeout(timeoutMs * totalTimeouts),
      });
      request.on("timeout", () => request.destroy(new SilenceError()));
      request.on("error", reject);
      request.once("response", resolve);
      if (body === undefined) request.end();
      else pipeline(body.open(), request).catch(reject);
    });

  return {
    call: async (call) => {
      const answer = await send(call).catch((error: unknown) => {
        throw connectionError(error);
      });
      const status = answer.statusCode ?? 0;
      if (status >= 200 && status < 300) return answer;
      throw await s3Error(answer);
    },
    close: () => agent.destroy(),
  };
}

class SilenceError extends Error {
  readonly code = "TIMEOUT";
}

function signedHeaders(
  { region, accessKeyId, secretAccessKey }: S3Location,
  { host, path, call: { method, body } }: { host: string; path: string; call: S3Call },
): Record<string, string> {
  const content =
    body === undefined
      ? {}
      : { "Content-Type": body.contentType, "Content-Length": String(body.sizeBytes) };
  const signed = aws4.sign(
    {
      ...{ service: "s3", region, host, path, method },
      headers: { ...content, "X-Amz-Content-Sha256": body?.sha256 ?? emptySha256 },
    },
    { accessKeyId, secretAccessKey },
  );
  return signed.headers as Record<string, string>;
}

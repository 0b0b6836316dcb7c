import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { parseConfig } from "../src/config/index.ts";
import { checkMediaSettings, mediaLocationOf, mediaSettings } from "../src/media/index.ts";
import { MediaStorageError } from "../src/media/index.ts";
import type { MediaStorage, S3Location } from "../src/media/index.ts";
import { createS3MediaStorage } from "../src/media/s3/s3-storage.ts";
import { buildVersitygw, startTestS3 } from "../src/testing/index.ts";
import type { TestS3 } from "../src/testing/index.ts";
import { testMediaStorage } from "./media-contract.ts";

const orgId = "0190a000-0000-7000-8000-000000000001";
const settings = z.object(mediaSettings).superRefine(checkMediaSettings);
const quick = { triesMax: 3, baseMs: 5 };

const locationOf = (environment: Record<string, string>): S3Location => {
  const location = mediaLocationOf(parseConfig(settings, environment));
  if (location.kind !== "s3") throw new Error("not an S3 location");
  return location;
};

const found = await buildVersitygw();
const title = found.ok
  ? "media on an S3 server"
  : `media on an S3 server (skipped: ${found.reason})`;

describe.skipIf(!found.ok)(title, () => {
  let server: TestS3;
  let storage: MediaStorage;
  const opened: MediaStorage[] = [];

  const openWith = (changes: Partial<S3Location>): MediaStorage => {
    const one = createS3MediaStorage({ ...locationOf(server.environment), ...changes }, quick);
    opened.push(one);
    return one;
  };
  const failureOf = async (one: MediaStorage): Promise<unknown> => {
    const store = one.forTenant(orgId);
    return store.write(Buffer.from("x"), "text/plain").then(
      () => undefined,
      (error: unknown) => error,
    );
  };

  beforeAll(async () => {
    if (!found.ok) return;
    server = await startTestS3(found.binary);
    storage = openWith({});
  });
  afterAll(async () => {
    for (const one of opened) await one.close();
    await server.stop();
  });

  testMediaStorage(() => storage);

  test("a wrong secret is refused, said clearly, and tried once only", async () => {
    const error = await failureOf(openWith({ secretAccessKey: "not-the-secret" }));
    expect(error).toBeInstanceOf(MediaStorageError);
    expect(error).toMatchObject({ code: "SignatureDoesNotMatch", retryable: false });
    const told = inspect(error, { depth: 10 });
    for (const secret of ["not-the-secret", server.accessKeyId, server.endpoint]) {
      expect(told).not.toContain(secret);
    }
  });

  test("an unknown access key is refused, not taken for a missing object", async () => {
    const error = await failureOf(openWith({ accessKeyId: "nobody" }));
    expect(error).toBeInstanceOf(MediaStorageError);
    expect(error).toMatchObject({ retryable: false });
  });

  test("a missing bucket is not taken for a missing object", async () => {
    const missing = openWith({ bucket: "no-such-bucket" });
    expect(await failureOf(missing)).toMatchObject({ code: "NoSuchBucket", retryable: false });
    const key = `${orgId}/${"ab".repeat(32)}`;
    await expect(missing.forTenant(orgId).read(key)).rejects.toMatchObject({
      code: "NoSuchBucket",
    });
  });

  test("a prefix keeps installations in one bucket apart", async () => {
    const { storageKey } = await storage.forTenant(orgId).write(Buffer.from("ours"), "text/plain");
    const other = openWith({ prefix: "ä other/" }).forTenant(orgId);
    await expect(other.read(storageKey)).rejects.toThrow("no such object");
    await other.write(Buffer.from("ours"), "text/plain");
    expect((await other.read(storageKey)).toString()).toBe("ours");
  });
});

describe("an S3 server in trouble", () => {
  const servers: { close(): void }[] = [];
  const stores: MediaStorage[] = [];
  afterAll(async () => {
    for (const one of stores) await one.close();
    for (const one of servers) one.close();
  });

  const serve = async (
    answer: (request: IncomingMessage, response: ServerResponse, turn: number) => void,
    timeoutMs?: number,
  ): Promise<{ storage: MediaStorage; turns(): number }> => {
    let turns = 0;
    const http = createServer((request, response) => {
      turns += 1;
      answer(request, response, turns);
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    servers.push({ close: () => (http.closeAllConnections(), http.close()) });
    const { port } = http.address() as AddressInfo;
    return { storage: openAt(`http://127.0.0.1:${port}`, timeoutMs), turns: () => turns };
  };
  /** A server that answers is given the time that it takes on a busy machine. */
  const openAt = (endpoint: string, timeoutMs = 5_000): MediaStorage => {
    const environment = {
      MEDIA_URL: "s3://bucket",
      MEDIA_S3_ENDPOINT: endpoint,
      MEDIA_S3_ACCESS_KEY_ID: "access",
      MEDIA_S3_SECRET_ACCESS_KEY: "secret",
      MEDIA_S3_TIMEOUT_MS: String(timeoutMs),
    };
    const storage = createS3MediaStorage(locationOf(environment), quick);
    stores.push(storage);
    return storage;
  };
  const write = (storage: MediaStorage) =>
    storage.forTenant(orgId).write(Buffer.from("again and again"), "text/plain");

  test("is asked again after a moment, with the whole body", async () => {
    const bodies: string[] = [];
    const { storage, turns } = await serve((request, response, turn) => {
      void (async () => {
        bodies.push(
          Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString(),
        );
        response.statusCode = turn < 3 ? 503 : 200;
        response.end(turn < 3 ? "<Error><Code>SlowDown</Code></Error>" : "");
      })();
    });
    await write(storage);
    expect(turns()).toBe(3);
    expect(bodies).toEqual(Array.from({ length: 3 }, () => "again and again"));
  });

  test("is given up after the last try, as a failure that may pass", async () => {
    const { storage, turns } = await serve((request, response) => {
      request.resume();
      response.statusCode = 500;
      response.end();
    });
    await expect(write(storage)).rejects.toMatchObject({ code: "HTTP_500", retryable: true });
    expect(turns()).toBe(3);
  });

  test("that stays silent is left after the timeout", async () => {
    const { storage, turns } = await serve((request) => void request.resume(), 1_000);
    await expect(write(storage)).rejects.toMatchObject({ code: "TIMEOUT", retryable: true });
    expect(turns()).toBe(3);
  });

  test("that stops in the middle of a file breaks the stream", async () => {
    const { storage } = await serve((_request, response) => {
      response.setHeader("content-length", 1000);
      response.write("half");
    }, 1_000);
    await expect(storage.forTenant(orgId).read(`${orgId}/${"ab".repeat(32)}`)).rejects.toThrow();
  });

  test("that is not there is named as such, without its address", async () => {
    const error = await write(openAt("http://127.0.0.1:1")).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "ECONNREFUSED", retryable: true });
    expect(inspect(error, { depth: 10 })).not.toContain("127.0.0.1");
  });
});

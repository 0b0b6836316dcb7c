import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../ports/index.ts";
import { waitFor } from "./wait-for.ts";

export type TestS3 = {
  endpoint: string;
  /** Exists and is empty. */
  bucket: string;
  accessKeyId: string;
  secretAccessKey: string;
  /** As settings of a process. */
  environment: Record<string, string>;
  stop: () => Promise<void>;
};

/** A throw-away S3 server (see `buildVersitygw`) over a folder of its own. */
export const startTestS3 = async (binary: string): Promise<TestS3> => {
  const folder = await mkdtemp(join(tmpdir(), "rarity-s3-"));
  const bucket = "media-test";
  for (const name of [`objects/${bucket}`, "sidecar"]) {
    await mkdir(join(folder, name), { recursive: true });
  }
  const port = await freePort();
  const accessKeyId = "test-access";
  const secretAccessKey = "test-secret-of-the-s3-server";
  const listen = ["--port", `127.0.0.1:${port}`, "--quiet", "--keep-alive"];
  const disk = ["posix", "--sidecar", join(folder, "sidecar"), join(folder, "objects")];
  const child = spawn(binary, [...listen, ...disk], {
    env: { ROOT_ACCESS_KEY_ID: accessKeyId, ROOT_SECRET_ACCESS_KEY: secretAccessKey },
    stdio: "ignore",
  });
  const exited = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  const endpoint = `http://127.0.0.1:${port}`;
  // Any answer will do: without a signature it is a refusal.
  await waitFor(async () => (await fetch(endpoint)).status > 0, {
    timeoutMs: 20_000,
    what: "the S3 server",
  });
  return {
    ...{ endpoint, bucket, accessKeyId, secretAccessKey },
    environment: {
      MEDIA_URL: `s3://${bucket}/test/media`,
      MEDIA_S3_ENDPOINT: endpoint,
      MEDIA_S3_ACCESS_KEY_ID: accessKeyId,
      MEDIA_S3_SECRET_ACCESS_KEY: secretAccessKey,
    },
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
};

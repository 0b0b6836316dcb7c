import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { parseConfig } from "@rarity/platform/config";
import {
  checkMediaSettings,
  mediaLocationOf,
  mediaSettings,
  openMediaStorage,
} from "@rarity/platform/media";
import type { MediaStorage } from "@rarity/platform/media";
import { buildVersitygw, startTestS3 } from "@rarity/platform/testing";
import type { TestS3 } from "@rarity/platform/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { muteConsole } from "../src/adapters/baileys/mute-console.ts";
import { pinTrustRoot, useStrictSignatures } from "../src/adapters/baileys/trust.ts";
import { leadPhone, pairAccounts } from "./support/paired-accounts.ts";
import type { PairedAccounts } from "./support/paired-accounts.ts";
import { startSandboxProcess } from "./support/sandbox-process.ts";
import type { SandboxProcess } from "./support/sandbox-process.ts";
import { sendImage } from "./support/send-image.ts";

const settings = z.object(mediaSettings).superRefine(checkMediaSettings);
const found = await buildVersitygw();
const title = found.ok ? "media over S3" : `media over S3 (skipped: ${found.reason})`;

describe.skipIf(!found.ok)(title, { timeout: 60_000 }, () => {
  let server: TestS3;
  let sandbox: SandboxProcess;
  let storage: MediaStorage;
  let accounts: PairedAccounts;
  let unmute: () => void;

  beforeAll(async () => {
    if (!found.ok) return;
    unmute = muteConsole();
    server = await startTestS3(found.binary);
    sandbox = await startSandboxProcess();
    useStrictSignatures();
    pinTrustRoot(sandbox.rootKeyHex);
    setDefaultCACertificates([...getCACertificates("default"), sandbox.mediaCaPem]);
    storage = await openMediaStorage(mediaLocationOf(parseConfig(settings, server.environment)));
    accounts = await pairAccounts(sandbox, storage);
  }, 90_000);

  afterAll(async () => {
    await accounts.stop();
    await sandbox.stop();
    await storage.close();
    await server.stop();
    unmute();
  });

  test("an image goes out and comes in byte for byte, both ways", async () => {
    const { sales, lead } = accounts;
    for (const [from, to] of [
      [sales, lead],
      [lead, sales],
    ] as const) {
      const { outcome, sent, received, caption } = await sendImage(from, to);
      expect(outcome).toBe("acked");
      expect(received.equals(sent)).toBe(true);
      expect(caption).toBe("our offer");
    }
  });

  test("a file that is gone from the bucket stops the send before the first byte", async () => {
    const { account, media } = accounts.sales;
    const file = await media.write(Buffer.from("soon gone"), "text/plain");
    await media.remove(file.storageKey);
    const content = { type: "document", mediaId: "m", contentType: "text/plain", ...file } as const;
    let entered = false;
    const permit = {
      ...{ entered: false, resend: false, signal: new AbortController().signal },
      enter: () => void (entered = true),
    };
    await expect(account.driver.send(account.attempt(leadPhone, content), permit)).rejects.toThrow(
      "no such object",
    );
    expect(entered).toBe(false);
  });
});

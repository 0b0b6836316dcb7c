import { randomBytes } from "node:crypto";
import type { AttemptContent } from "@rarity/channel-kit";
import { waitFor } from "@rarity/platform/testing";
import { patience } from "./paired-accounts.ts";
import type { Side } from "./paired-accounts.ts";
import { createTestPermit } from "./test-account.ts";

const onePixelPng = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

export type SentImage = { outcome: string; sent: Buffer; received: Buffer; caption: unknown };

/** An image out of one store, over the wire, and into the store of the other organization. */
export async function sendImage(from: Side, to: Side): Promise<SentImage> {
  // Not a picture anybody could see, but with the first bytes of one.
  const sent = Buffer.concat([onePixelPng, randomBytes(50_000)]);
  const file = { contentType: "image/png", ...(await from.media.write(sent, "image/png")) };
  const content: AttemptContent = { type: "image", mediaId: "m", ...file, caption: "our offer" };
  const attempt = from.account.attempt(to.phone, content);
  const { outcome } = await from.account.driver.send(attempt, createTestPermit());
  const item = await waitFor(
    () => to.account.inbound.find((one) => one.providerMessageId === attempt.providerToken),
    { ...patience, what: "the image" },
  );
  if (item.content.type !== "media") throw new Error(JSON.stringify(item.content));
  const received = await to.media.read(item.content.media.storageKey);
  return { outcome, sent, received, caption: item.content.media.caption };
}

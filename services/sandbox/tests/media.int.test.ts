import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Sandbox } from "../src/sandbox.ts";
import { silenceLibsignal } from "../src/silence-libsignal.ts";
import { download, received, trustMediaHost, type TestClient } from "./client.ts";
import {
  addPhone,
  call,
  chat,
  jid,
  LEAD,
  linkClient,
  request,
  SALES,
  startTestSandbox,
} from "./control.ts";

silenceLibsignal();

// The smallest valid PNG, with random bytes behind its end: a file no one else can have.
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const picture = (): Buffer => Buffer.concat([PNG, randomBytes(50_000)]);

let sandbox: Sandbox;
let client: TestClient;

beforeEach(async () => {
  sandbox = await startTestSandbox();
  trustMediaHost(sandbox.caPem);
  await addPhone(sandbox, SALES, "Sales");
  await addPhone(sandbox, LEAD, "Lead");
  ({ client } = await linkClient(sandbox));
}, 30_000);

afterEach(async () => {
  void client.sock.end(undefined);
  await sandbox.close();
});

test("a picture from the client reaches the phone byte for byte", { timeout: 60_000 }, async () => {
  const image = picture();
  const sent = await client.sock.sendMessage(jid(LEAD), {
    image,
    caption: "look",
    mimetype: "image/png",
    jpegThumbnail: PNG.toString("base64"),
  });
  const id = sent?.key.id ?? "";
  await vi.waitFor(async () => {
    const { data } = await chat(sandbox, LEAD, SALES);
    expect(data).toMatchObject([{ id, kind: "image", text: "look" }]);
  }, 20_000);
  const file = await fetch(`${sandbox.url}/api/phones/${LEAD}/media/${id}`);
  expect(file.headers.get("content-type")).toBe("image/png");
  expect(image.equals(Buffer.from(await file.arrayBuffer()))).toBe(true);
  const missing = await request(sandbox, "GET", `/api/phones/${LEAD}/media/nothing`);
  expect(missing.status).toBe(404);
});

test.each([
  { kind: "image", mimetype: "image/png", caption: "a picture" },
  { kind: "video", mimetype: "video/mp4", caption: "a film" },
  { kind: "document", mimetype: "application/pdf", fileName: "offer.pdf" },
  { kind: "voice", mimetype: "audio/ogg; codecs=opus" },
])(
  "a $kind from the phone reaches the client byte for byte",
  { timeout: 60_000 },
  async (media) => {
    const bytes = picture();
    const { id } = await call<{ id: string }>(sandbox, "POST", `/api/phones/${LEAD}/send`, {
      to: SALES,
      media: { ...media, contentBase64: bytes.toString("base64") },
    });
    const message = await vi.waitUntil(() => received(client, id), 20_000);
    expect(bytes.equals(await download(message))).toBe(true);
    const { imageMessage, videoMessage, documentMessage, audioMessage } = message.message ?? {};
    const content = imageMessage ?? videoMessage ?? documentMessage ?? audioMessage;
    expect(content?.mimetype).toBe(media.mimetype);
    if (media.caption !== undefined) expect(content).toMatchObject({ caption: media.caption });
    if (media.fileName !== undefined) expect(content).toMatchObject({ fileName: media.fileName });
    expect(audioMessage?.ptt === true).toBe(media.kind === "voice");
  },
);

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { waitUntil } from "../../lib/wait-until.ts";
import type { Demo } from "../context.ts";
import { reach } from "./messages.ts";

const picture = (): Buffer => readFileSync(join(import.meta.dirname, "picture.png"));

const assertSame = (got: Buffer, wanted: Buffer): void => {
  if (!got.equals(wanted)) throw new Error(`bytes differ: ${got.length} against ${wanted.length}`);
};

export const imageOut = async (demo: Demo): Promise<string> => {
  const bytes = picture();
  const media = await demo.api<{ id: string }>("POST", "/api/media", {
    raw: { bytes, contentType: "image/png" },
  });
  const accepted = await demo.api<{ id: string }>(
    "POST",
    `/api/conversations/${demo.state.conversationId}/reply`,
    { body: { content: { type: "image", mediaId: media.id, caption: "Our offer" } } },
  );
  await reach(demo, accepted.id, "delivered");
  const { lead, account } = demo.phones;
  const received = await waitUntil("the image on the phone", async () => {
    type Row = { id: string; text?: string | null; media?: { caption?: string } | null };
    const path = `/api/phones/${lead}/chats/${account}/messages`;
    const answer = await demo.sandbox<{ data: Row[] }>("GET", path);
    return answer.data.find((row) => JSON.stringify(row).includes("Our offer"));
  });
  assertSame(await demo.sandboxBytes(`/api/phones/${lead}/media/${received.id}`), bytes);
  return `${bytes.length} bytes, equal on the phone`;
};

export const imageIn = async (demo: Demo): Promise<string> => {
  const bytes = picture();
  const { lead, account } = demo.phones;
  await demo.sandbox("POST", `/api/phones/${lead}/send`, {
    to: account,
    media: {
      kind: "image",
      contentBase64: bytes.toString("base64"),
      mimetype: "image/png",
      caption: "My answer",
    },
  });
  const mediaId = await waitUntil("the image in the conversation", async () => {
    type Row = { direction: string; content: { mediaId?: string; caption?: string } };
    const path = `/api/conversations/${demo.state.conversationId}`;
    const answer = await demo.api<{ messages: { data: Row[] } }>("GET", path);
    return answer.messages.data.find((row) => row.content.caption === "My answer")?.content.mediaId;
  });
  assertSame(await demo.bytes(`/api/media/${mediaId}`), bytes);
  return `${bytes.length} bytes, equal in the conversation`;
};

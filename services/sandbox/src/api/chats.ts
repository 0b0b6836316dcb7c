import { defineRoute } from "@rarity/contracts/route";
import { z } from "zod";
import { MessageId, messageLimits, PhoneNumber, PhoneParams, textField, Time } from "./fields.ts";

const { textMax, captionMax, mediaBytesMax } = messageLimits;
const megabytes = mediaBytesMax / 1024 / 1024;

const MediaKind = z
  .enum(["image", "video", "document", "audio", "voice"])
  .describe("How the file is shown");

const Media = z
  .strictObject({
    kind: MediaKind,
    contentBase64: z
      .base64()
      .min(4)
      .optional()
      .describe(`The file itself, up to ${megabytes} MiB before encoding`),
    sizeBytes: z
      .int()
      .min(1)
      .max(mediaBytesMax)
      .optional()
      .describe("A made-up file of this size instead, in bytes"),
    mimetype: z.string().min(3).max(120).describe("What the file says it is, such as image/png"),
    caption: z.string().max(captionMax).optional().describe("Text shown below the file"),
    fileName: textField(255).optional().describe("Name of a document"),
  })
  .refine((value) => (value.contentBase64 === undefined) !== (value.sizeBytes === undefined), {
    message: "give either contentBase64 or sizeBytes",
  });

const Reaction = z.strictObject({
  emoji: z.string().max(32).describe("An emoji; empty takes the reaction back"),
  targetId: MessageId.describe("The message it is about"),
});

export const Outgoing = z
  .strictObject({
    to: PhoneNumber.describe("Whom the person writes to: a phone of this sandbox"),
    text: textField(textMax).optional().describe("A text"),
    media: Media.optional().describe("A file"),
    reaction: Reaction.optional().describe("A reaction to a message of this chat"),
    quotedId: MessageId.optional().describe("The message this one answers"),
  })
  .refine(
    ({ text, media, reaction }) =>
      [text, media, reaction].filter((part) => part !== undefined).length === 1,
    { message: "give exactly one of text, media and reaction" },
  );

export const MessageView = z.strictObject({
  id: MessageId,
  peer: PhoneNumber.describe("The other side of the chat"),
  fromMe: z.boolean().describe("Written by this account"),
  device: z.int().describe("Which device of this account wrote it; 0 is the phone"),
  at: Time.describe("When it was written or arrived"),
  kind: z.string().describe("text, reaction, a kind of media, or other"),
  text: z.string().optional().describe("Text or caption"),
  quotedId: MessageId.optional().describe("The message it answers"),
  reaction: Reaction.optional().describe("What a reaction says"),
  media: z
    .strictObject({
      mimetype: z.string().describe("What the sender says the file is"),
      fileName: z.string().optional().describe("Name of a document"),
      size: z.int().describe("Bytes, as the sender says"),
    })
    .optional()
    .describe("The file; its bytes are at media/{messageId}"),
  status: z
    .enum(["sent", "delivered", "read"])
    .optional()
    .describe("How far an own message has come"),
  read: z.boolean().describe("The person has read it; true for own messages"),
  edited: z.boolean().describe("Its author has changed it"),
  revoked: z.boolean().describe("Its author has deleted it for everybody"),
  bytes: z.int().describe("Size of the encoded message"),
});
export type MessageView = z.infer<typeof MessageView>;

export const ChatView = z.strictObject({
  peer: PhoneNumber.describe("The other side"),
  name: z.string().optional().describe("Its name, when it is a phone of this sandbox"),
  unread: z.int().describe("Messages the person has not read"),
  messages: z.int().describe("Messages kept"),
  last: MessageView.optional().describe("The newest message"),
});
export type ChatView = z.infer<typeof ChatView>;

const shared = { tag: "chats", auth: "none" } as const;

export const sendRoute = defineRoute({
  ...shared,
  method: "POST",
  path: "/api/phones/:phone/send",
  operationId: "writeMessage",
  summary: "Write a message on the phone",
  params: PhoneParams,
  body: Outgoing,
  response: { status: 200, schema: z.strictObject({ id: MessageId }) },
  errors: ["NOT_FOUND", "CONFLICT"],
});

export const readRoute = defineRoute({
  ...shared,
  method: "POST",
  path: "/api/phones/:phone/read",
  operationId: "readChat",
  summary: "Open a chat: everything in it becomes read, and the other side learns of it",
  params: PhoneParams,
  body: z.strictObject({ chat: PhoneNumber.describe("The other side of the chat") }),
  response: {
    status: 200,
    schema: z.strictObject({ read: z.int().describe("How many messages were unread") }),
  },
  errors: ["NOT_FOUND"],
});

export const listChatsRoute = defineRoute({
  ...shared,
  method: "GET",
  path: "/api/phones/:phone/chats",
  operationId: "listChats",
  summary: "The phone's list of chats, the one with the newest message first",
  params: PhoneParams,
  response: {
    status: 200,
    schema: z.strictObject({ data: z.array(ChatView).describe("All its chats") }),
  },
  errors: ["NOT_FOUND"],
});

export const listMessagesRoute = defineRoute({
  ...shared,
  method: "GET",
  path: "/api/phones/:phone/chats/:peer/messages",
  operationId: "listMessages",
  summary: "What the phone shows of one chat, oldest first",
  params: z.strictObject({ phone: PhoneNumber, peer: PhoneNumber.describe("The other side") }),
  query: z.strictObject({
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(10_000)
      .describe("Only so many of the newest messages"),
  }),
  response: {
    status: 200,
    schema: z.strictObject({ data: z.array(MessageView).describe("Oldest first") }),
  },
  errors: ["NOT_FOUND"],
});

export const getMediaRoute = defineRoute({
  ...shared,
  method: "GET",
  path: "/api/phones/:phone/media/:messageId",
  operationId: "getMedia",
  summary: "The file of a message, downloaded and decrypted by the phone",
  params: z.strictObject({ phone: PhoneNumber, messageId: MessageId }),
  response: { status: 200, contentType: "application/octet-stream" },
  errors: ["NOT_FOUND"],
});

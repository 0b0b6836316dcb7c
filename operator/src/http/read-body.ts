import type { IncomingMessage } from "node:http";
import { parse } from "yaml";
import { HttpError } from "./http-error.ts";

const bodyMaxBytes = 1024 * 1024;

export interface ParsedBody {
  mediaType: string;
  value: Record<string, unknown>;
}

const readable = [
  "application/json",
  "application/yaml",
  "application/apply-patch+yaml",
  "application/merge-patch+json",
];

/** The body as one object, from JSON or YAML. A form or plain text is refused: a web page sends those. */
export const readBody = async (request: IncomingMessage): Promise<ParsedBody> => {
  const mediaType =
    (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (!readable.includes(mediaType)) {
    throw new HttpError(415, "UnsupportedMediaType", `send one of ${readable.join(", ")}`);
  }
  const text = await readText(request);
  return { mediaType, value: parseObject(text, mediaType.endsWith("json")) };
};

const readText = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyMaxBytes) throw new HttpError(413, "RequestEntityTooLarge", "at most 1 MiB");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
};

const parseObject = (text: string, isJson: boolean): Record<string, unknown> => {
  let value: unknown;
  try {
    value = isJson ? JSON.parse(text) : parse(text, { maxAliasCount: 0 });
  } catch {
    throw new HttpError(
      400,
      "BadRequest",
      `the body is not ${isJson ? "JSON" : "one YAML document"}`,
    );
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new HttpError(400, "BadRequest", "the body is not an object");
  }
  return value as Record<string, unknown>;
};

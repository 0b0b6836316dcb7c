import { fileURLToPath } from "node:url";
import { z } from "zod";
import { env } from "../config/index.ts";

const mediaUrl = z
  .string()
  .refine((text) => /^(file:\/\/\/|s3:\/\/)/.test(text) && URL.canParse(text), {
    message: "must be file:///folder or s3://bucket/prefix",
    abort: true,
  })
  .refine((text) => new URL(text).username === "" && new URL(text).search === "", {
    message: "takes no credentials and no query: they have settings of their own",
  });

/** Add these to the settings of a process that handles media, and `checkMediaSettings` after them. */
export const mediaSettings = {
  /** `file:///folder`, or `s3://bucket/prefix` for any server that speaks S3. */
  MEDIA_URL: mediaUrl,
  /** Where the S3 server listens; the default is AWS in the region given. */
  MEDIA_S3_ENDPOINT: env.url("http", "https").optional(),
  MEDIA_S3_REGION: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, "must be a region name")
    .default("us-east-1"),
  MEDIA_S3_ACCESS_KEY_ID: env.secret().optional(),
  MEDIA_S3_SECRET_ACCESS_KEY: env.secret().optional(),
  /** `true`: endpoint/bucket/key, which most servers but AWS need; `false`: bucket.endpoint/key. */
  MEDIA_S3_PATH_STYLE: env.bool().optional(),
  /** The longest silence of the server inside one request, in milliseconds. */
  MEDIA_S3_TIMEOUT_MS: env.int(100, 300_000).default(15_000),
};

export type MediaSettings = z.output<z.ZodObject<typeof mediaSettings>>;

export type S3Location = {
  kind: "s3";
  bucket: string;
  /** Empty, or ends with a slash. */
  prefix: string;
  endpoint: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  pathStyle: boolean;
  timeoutMs: number;
};
export type MediaLocation = { kind: "file"; directory: string } | S3Location;

type Issues = { addIssue(issue: { code: "custom"; path: string[]; message: string }): void };

/** For `superRefine`: what an S3 address needs besides itself. */
export function checkMediaSettings(given: MediaSettings, issues: Issues): void {
  const complain = (name: keyof MediaSettings, message: string): void =>
    issues.addIssue({ code: "custom", path: [name], message });
  if (!given.MEDIA_URL.startsWith("s3:")) return;
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(new URL(given.MEDIA_URL).hostname)) {
    complain("MEDIA_URL", "must name a bucket: s3://bucket/prefix");
  }
  for (const name of ["MEDIA_S3_ACCESS_KEY_ID", "MEDIA_S3_SECRET_ACCESS_KEY"] as const) {
    if (given[name] === undefined) complain(name, "is required with an s3 address");
  }
}

/** Call only with settings that passed `checkMediaSettings`. */
export function mediaLocationOf(given: MediaSettings): MediaLocation {
  const url = new URL(given.MEDIA_URL);
  if (url.protocol === "file:") return { kind: "file", directory: fileURLToPath(url) };
  const prefix = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, "");
  const { MEDIA_S3_ENDPOINT: endpoint, MEDIA_S3_REGION: region } = given;
  return {
    kind: "s3",
    bucket: url.hostname,
    prefix: prefix === "" ? "" : `${prefix}/`,
    endpoint: endpoint ?? `https://s3.${region}.amazonaws.com`,
    region,
    accessKeyId: given.MEDIA_S3_ACCESS_KEY_ID ?? "",
    secretAccessKey: given.MEDIA_S3_SECRET_ACCESS_KEY ?? "",
    pathStyle: given.MEDIA_S3_PATH_STYLE ?? endpoint !== undefined,
    timeoutMs: given.MEDIA_S3_TIMEOUT_MS,
  };
}

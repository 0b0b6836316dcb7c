import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ConfigError, parseConfig } from "../config/index.ts";
import { checkMediaSettings, mediaLocationOf, mediaSettings } from "./settings.ts";

const schema = z.object(mediaSettings).superRefine(checkMediaSettings);
const keys = { MEDIA_S3_ACCESS_KEY_ID: "access", MEDIA_S3_SECRET_ACCESS_KEY: "hidden-value" };

const read = (environment: Record<string, string>) =>
  mediaLocationOf(parseConfig(schema, environment));

const problemsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    read(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

describe("MEDIA_URL", () => {
  test("names a folder", () => {
    expect(read({ MEDIA_URL: "file:///var/lib/media%20files" })).toEqual({
      kind: "file",
      directory: "/var/lib/media files",
    });
  });

  test("names a bucket of AWS in a region", () => {
    expect(read({ MEDIA_URL: "s3://bucket", MEDIA_S3_REGION: "eu-central-1", ...keys })).toEqual({
      kind: "s3",
      bucket: "bucket",
      prefix: "",
      endpoint: "https://s3.eu-central-1.amazonaws.com",
      region: "eu-central-1",
      accessKeyId: "access",
      secretAccessKey: "hidden-value",
      pathStyle: false,
      timeoutMs: 15_000,
    });
  });

  test("names a bucket of another server, by path unless said otherwise", () => {
    const given = {
      MEDIA_URL: "s3://bucket/team/media/",
      MEDIA_S3_ENDPOINT: "https://project.storage.example.com/storage/v1/s3",
      ...keys,
    };
    expect(read(given)).toMatchObject({ prefix: "team/media/", pathStyle: true });
    expect(read({ ...given, MEDIA_S3_PATH_STYLE: "false" })).toMatchObject({ pathStyle: false });
  });

  test.each([
    [{}, ["MEDIA_URL: is required"]],
    [{ MEDIA_URL: "media" }, ["MEDIA_URL: must be file:///folder or s3://bucket/prefix"]],
    [{ MEDIA_URL: "https://bucket" }, ["MEDIA_URL: must be file:///folder or s3://bucket/prefix"]],
    [
      { MEDIA_URL: "s3://who:hidden-value@bucket", ...keys },
      ["MEDIA_URL: takes no credentials and no query: they have settings of their own"],
    ],
    [
      { MEDIA_URL: "s3://bucket", MEDIA_S3_ACCESS_KEY_ID: "access" },
      ["MEDIA_S3_SECRET_ACCESS_KEY: is required"],
    ],
    [{ MEDIA_URL: "s3:///prefix", ...keys }, ["MEDIA_URL: must name a bucket: s3://bucket/prefix"]],
    [
      { MEDIA_URL: "s3://bucket", ...keys, MEDIA_S3_ENDPOINT: "ftp://x" },
      ["MEDIA_S3_ENDPOINT: must be a http or https URL"],
    ],
  ])("%j is refused, and no value is repeated", (environment, problems) => {
    expect(problemsOf(environment)).toEqual(problems);
    expect(problems.join()).not.toContain("hidden-value");
  });
});

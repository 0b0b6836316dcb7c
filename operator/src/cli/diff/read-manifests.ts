import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { parseAllDocuments } from "yaml";
import { isAccount } from "../../api/account-kinds.ts";
import { apiVersion, group } from "../../api/names.ts";
import type { KubeObject } from "../../api/objects.ts";
import { CliError } from "../ports.ts";
import { isRecord } from "./keyed-list.ts";

export interface Manifests {
  /** Platforms first: accounts are made from them. Every object has a name and a namespace. */
  ours: KubeObject[];
  /** Of other kinds, as Kind/name. */
  others: string[];
}

const bytesMax = 16 * 1024 * 1024;

/** `-` is the standard input, as with kubectl. */
export const readManifestText = async (
  file: string,
  stdin: NodeJS.ReadableStream,
): Promise<string> => {
  const content =
    file === "-"
      ? await text(stdin)
      : await readFile(file, "utf8").catch((cause: unknown) => {
          const code = (cause as NodeJS.ErrnoException).code ?? "failed";
          throw new CliError(`${file} cannot be read: ${code}`, 66, { cause });
        });
  if (content.length > bytesMax) throw new CliError(`${file} is larger than 16 MiB`, 65);
  return content;
};

/** One or more objects, as YAML documents, JSON or a List. */
export const parseManifests = (content: string, namespace: string): Manifests => {
  const objects = parseAllDocuments(content).flatMap((document) => {
    const [problem] = document.errors;
    if (problem !== undefined) throw new CliError(`the file is not YAML: ${problem.message}`, 65);
    return itemsOf(document.toJS({ maxAliasCount: 0 }));
  });
  const named = objects.map((object) => addressed(object, namespace));
  const ours = named.filter(isOurs);
  if (ours.length === 0) {
    throw new CliError(
      "the file has no Platform and no account in it; kubectl diff compares others",
    );
  }
  return {
    ours: ours.sort((a, b) => Number(b.kind === "Platform") - Number(a.kind === "Platform")),
    others: named.filter((one) => !ours.includes(one)).map((one) => `${one.kind}/${nameOf(one)}`),
  };
};

const itemsOf = (value: unknown): Record<string, unknown>[] => {
  if (value === null || value === undefined) return [];
  if (!isRecord(value)) throw new CliError("a document of the file is not an object", 65);
  return value["kind"] === "List" && Array.isArray(value["items"])
    ? value["items"].flatMap(itemsOf)
    : [value];
};

const nameOf = ({ metadata }: KubeObject): string => metadata.name;

const addressed = (value: Record<string, unknown>, namespace: string): KubeObject => {
  const metadata = isRecord(value["metadata"]) ? value["metadata"] : {};
  const { kind } = value;
  if (
    typeof value["apiVersion"] !== "string" ||
    typeof kind !== "string" ||
    typeof metadata["name"] !== "string"
  ) {
    throw new CliError("every document needs apiVersion, kind and metadata.name", 65);
  }
  const object = { ...value, metadata: { namespace, ...metadata } } as KubeObject;
  if (isOurs(object) && object.apiVersion !== apiVersion) {
    throw new CliError(`${kind}/${nameOf(object)} needs apiVersion: ${apiVersion}`, 65);
  }
  return object;
};

const isOurs = (object: KubeObject): boolean =>
  object.apiVersion.startsWith(`${group}/`) && (object.kind === "Platform" || isAccount(object));

import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse, stringify } from "yaml";
import type { KubeObject, ObjectRef } from "../../api/objects.ts";

/**
 * Objects as YAML files, `<folder>/<kind>/<namespace>/<name>.yaml`. Writing is synchronous and by
 * rename: an object is on disk before anyone sees it, and a file is never half written.
 */
export interface ObjectFiles {
  readAll(): KubeObject[];
  write(object: KubeObject): void;
  remove(ref: ObjectRef): void;
  readVersion(): number;
  writeVersion(version: number): void;
}

export const createObjectFiles = (folder: string): ObjectFiles => {
  // Secrets and process environments are in here: for the owner's eyes only.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fileOf = (ref: ObjectRef): string =>
    path.join(folder, ref.kind.toLowerCase(), ref.namespace, `${ref.name}.yaml`);
  const versionFile = path.join(folder, "resource-version");

  return {
    readAll: () =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".yaml"))
        .map((name) => parse(readFileSync(path.join(folder, name), "utf8")) as KubeObject),
    write: (object) => {
      const { namespace, name } = object.metadata;
      replaceFile(fileOf({ kind: object.kind, namespace, name }), stringify(object));
    },
    remove: (ref) => {
      rmSync(fileOf(ref), { force: true });
    },
    readVersion: () => readNumber(versionFile),
    writeVersion: (version) => {
      replaceFile(versionFile, String(version));
    },
  };
};

const replaceFile = (file: string, text: string): void => {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.tmp`;
  writeFileSync(temporary, text, { mode: 0o600 });
  renameSync(temporary, file);
};

const readNumber = (file: string): number => {
  try {
    return Number(readFileSync(file, "utf8")) || 0;
  } catch {
    return 0;
  }
};

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "./kube-client.ts";

/** The objects of one YAML text, several documents allowed. */
export const parseObjects = (text: string): KubeObject[] =>
  parseAllDocuments(text).flatMap((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    const object = document.toJS() as KubeObject | null;
    return object === null ? [] : [object];
  });

export const readObjectFile = (file: string): KubeObject[] =>
  parseObjects(readFileSync(file, "utf8"));

/** The objects of every YAML file right in a folder, by file name. */
export const readObjects = (folder: string): KubeObject[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith(".yaml"))
    .sort()
    .flatMap((file) => readObjectFile(join(folder, file)));

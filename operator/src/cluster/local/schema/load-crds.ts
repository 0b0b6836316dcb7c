import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { createCrdSchema, type CustomResourceDefinition, type ObjectSchema } from "./crd-schema.ts";

/** Reads every CRD in a folder; the key is the kind. A broken CRD stops the start. */
export const loadCrds = (folder: string): Map<string, ObjectSchema> =>
  new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith(".yaml"))
      .sort()
      .map((name) => {
        const text = readFileSync(path.join(folder, name), "utf8");
        const schema = createCrdSchema(parse(text) as CustomResourceDefinition);
        return [schema.kind, schema];
      }),
  );

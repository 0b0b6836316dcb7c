import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import type { AccountKind } from "../api/account-kinds.ts";
import type { KubeObject } from "../api/objects.ts";
import { crdFolder } from "./fixtures.ts";

const samples: Record<AccountKind, string> = {
  WhatsAppAccount: "whatsapp-minimal",
  InstagramAccount: "instagram-minimal",
  FacebookPage: "facebook-minimal",
  XAccount: "x-minimal",
  LinkedInAccount: "linkedin-minimal",
};

/** The smallest account of a kind, from crds/samples, with other names and a changed spec. */
export const sampleAccount = (
  kind: AccountKind,
  parts: { name: string; namespace: string; spec?: Record<string, unknown> },
): KubeObject => {
  const file = path.join(crdFolder, "samples/valid", `${samples[kind]}.yaml`);
  const object = parse(readFileSync(file, "utf8")) as KubeObject;
  const { name, namespace } = parts;
  return {
    ...object,
    metadata: { name, namespace },
    spec: { ...(object.spec as object), ...parts.spec },
  };
};

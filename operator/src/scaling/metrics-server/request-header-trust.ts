import { X509Certificate } from "node:crypto";
import { z } from "zod";

/** Whom the API server's front proxy may be, and in which headers it names the user. */
export interface RequestHeaderTrust {
  /** PEM bundle of the authorities that sign the front proxy's client certificate. */
  caPem: string;
  /** Common names that are accepted; none means any. */
  allowedNames: readonly string[];
  usernameHeaders: readonly string[];
  uidHeaders: readonly string[];
  groupHeaders: readonly string[];
  extraPrefixes: readonly string[];
}

const Names = z.string().transform((text, context) => {
  const names = z.array(z.string()).safeParse(parseJson(text));
  if (names.success) return names.data;
  context.addIssue("is not a JSON list of names");
  return z.NEVER;
});
const HeaderNames = Names.transform((names) => names.map((name) => name.toLowerCase()));

const Data = z.object({
  "requestheader-client-ca-file": z.string().refine(isBundle, "is not a PEM certificate"),
  "requestheader-allowed-names": Names.default([]),
  "requestheader-username-headers": HeaderNames.default(["x-remote-user"]),
  "requestheader-uid-headers": HeaderNames.default([]),
  "requestheader-group-headers": HeaderNames.default(["x-remote-group"]),
  "requestheader-extra-headers-prefix": HeaderNames.default(["x-remote-extra-"]),
});

export const trustConfigMapPath =
  "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication";

/**
 * Reads ConfigMap kube-system/extension-apiserver-authentication. Undefined when the API server runs
 * without a front proxy: then nobody's headers are trusted.
 */
export const readTrust = (
  data: Readonly<Record<string, string>> | undefined,
): RequestHeaderTrust | undefined => {
  if (data?.["requestheader-client-ca-file"] === undefined) return undefined;
  const parsed = Data.parse(data);
  return {
    caPem: parsed["requestheader-client-ca-file"],
    allowedNames: parsed["requestheader-allowed-names"],
    usernameHeaders: parsed["requestheader-username-headers"],
    uidHeaders: parsed["requestheader-uid-headers"],
    groupHeaders: parsed["requestheader-group-headers"],
    extraPrefixes: parsed["requestheader-extra-headers-prefix"],
  };
};

function isBundle(text: string): boolean {
  try {
    return new X509Certificate(text).ca;
  } catch {
    return false;
  }
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

import { componentName } from "../../api/platform-names.ts";
import type { KubeObject } from "../../api/objects.ts";
import type { Platform } from "../../api/platform.ts";
import type { PlatformContext } from "./context.ts";
import { metadataOf } from "./service.ts";

/** The keys the sandbox signs with; clients that pin them can be sure to speak to no real provider. */
export interface SandboxTrust {
  wireUrl: string;
  rootKeyHex: string;
  mediaCaPem: string;
}

export const trustFolder = "/etc/rarity/sandbox";

export const sandboxTrustName = (platform: Platform): string =>
  componentName(platform, "sandbox-trust");

/** Nothing until the sandbox has said what they are. */
export const buildSandboxTrust = ({
  platform,
  sandboxTrust,
}: PlatformContext): KubeObject | undefined =>
  platform.spec.sandbox !== "On" || sandboxTrust === undefined
    ? undefined
    : {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: metadataOf(platform, "sandbox-trust"),
        data: trustData(sandboxTrust),
      };

const trustData = ({ wireUrl, rootKeyHex, mediaCaPem }: SandboxTrust): Record<string, string> => ({
  wireUrl,
  rootKeyHex,
  "mediaCa.pem": mediaCaPem,
});

/** What was written last, where it is whole. */
export const trustIn = (configMap: KubeObject | undefined): SandboxTrust | undefined => {
  const data = (configMap?.["data"] ?? {}) as Record<string, string | undefined>;
  const { wireUrl, rootKeyHex, "mediaCa.pem": mediaCaPem } = data;
  return wireUrl === undefined || rootKeyHex === undefined || mediaCaPem === undefined
    ? undefined
    : { wireUrl, rootKeyHex, mediaCaPem };
};

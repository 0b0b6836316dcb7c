import { accountKinds, type Account } from "../../api/account-kinds.ts";
import type { Platform } from "../../api/platform.ts";
import type { EnvVar } from "../../api/workloads.ts";
import type { PodVolume } from "../platform/media-volume.ts";
import { sandboxTrustName, trustFolder } from "../platform/sandbox-trust.ts";

/** With the sandbox on, a WhatsApp process speaks to it and trusts its keys; nothing real is reached. */
const isEmulated = (account: Account, { spec }: Platform): boolean =>
  spec.sandbox === "On" && accountKinds[account.kind].channel === "whatsapp";

export const sandboxEnv = (account: Account, platform: Platform): EnvVar[] => {
  if (!isEmulated(account, platform)) return [];
  const name = sandboxTrustName(platform);
  return [
    { name: "WHATSAPP_URL", valueFrom: { configMapKeyRef: { name, key: "wireUrl" } } },
    { name: "WHATSAPP_ROOT_KEY", valueFrom: { configMapKeyRef: { name, key: "rootKeyHex" } } },
    { name: "NODE_EXTRA_CA_CERTS", value: `${trustFolder}/mediaCa.pem` },
  ];
};

export const sandboxVolumes = (account: Account, platform: Platform): PodVolume[] =>
  isEmulated(account, platform)
    ? [
        {
          volume: { name: "trust", configMap: { name: sandboxTrustName(platform) } },
          mount: { name: "trust", mountPath: trustFolder, readOnly: true },
        },
      ]
    : [];

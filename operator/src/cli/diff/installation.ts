import type { Platform } from "../../api/platform.ts";
import type { Installation } from "../../desired/account/installation.ts";
import {
  versionOf,
  type Capabilities,
  type PlatformContext,
} from "../../desired/platform/context.ts";
import type { ScalingMode } from "../../scaling/scaling-types.ts";
import packageJson from "../../../package.json" with { type: "json" };

/**
 * A Platform's context without what only the operator knows. Both sides of a comparison are built
 * from it, so what it does not know differs on neither.
 */
export const contextOf = (platform: Platform, capabilities: Capabilities): PlatformContext => ({
  platform,
  capabilities,
  operatorVersion: packageJson.version,
  operatorNamespace: "rarity-system",
  // Secrets are never read: neither side has their digests.
  secretDigests: {},
  scaling: scalingOf(platform),
});

/** As the operator chose it; a mode that is asked for by name is taken to be had. */
const scalingOf = ({ spec, status, metadata }: Platform): PlatformContext["scaling"] => {
  const asked = spec.scaling?.mode ?? "Auto";
  const mode = asked === "Auto" ? ((status?.scalingMode ?? "Direct") as ScalingMode) : asked;
  return {
    choice: { mode, reason: "Found", message: "", isAsAsked: true },
    kedaSource:
      mode === "Keda"
        ? {
            url: "https://rarity-metrics",
            authenticationName: `rarity-${metadata.namespace}`,
            fallbackReplicas: spec.scaling?.fallbackReplicas ?? 1,
          }
        : undefined,
  };
};

/** Accounts run the version that the Platform has migrated to, or will have. */
export const installationOf = (context: PlatformContext): Installation => {
  const { platform } = context;
  const spec = { ...platform.spec, version: versionOf(context) };
  return { runs: "pods", context: { ...context, platform: { ...platform, spec } } };
};

/** What account processes of this machine start from is in a file of the operator's. */
export const localInstallation: Installation = {
  runs: "processes",
  template: { command: ["node"], env: {} },
};

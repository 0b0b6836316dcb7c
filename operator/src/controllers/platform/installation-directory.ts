import { stableStringify } from "../../api/names.ts";
import type { Platform } from "../../api/platform.ts";
import type { Cluster } from "../../cluster/port.ts";
import type { InstallationReading } from "../../desired/account/installation.ts";
import type { PlatformContext, ScalingSettings } from "../../desired/platform/context.ts";
import { secretKeysOfPlatform } from "../../desired/platform/secret-keys.ts";
import {
  sandboxTrustName,
  trustIn,
  type SandboxTrust,
} from "../../desired/platform/sandbox-trust.ts";
import { acceptedOver } from "../../plan/plan-platform.ts";
import type { PlatformSources, ServiceAccess } from "../../sources/platform-sources.ts";
import { readSecrets } from "./read-secrets.ts";

export interface DirectoryDeps {
  cluster: Cluster;
  sources: PlatformSources;
  operatorVersion: string;
  operatorNamespace: string;
  /** Where the services of a Platform answer. */
  urlsOf: (platform: Platform) => Omit<ServiceAccess, "token">;
  /** Asks the sandbox which keys it signs with; undefined while it does not answer. */
  readTrust: (platform: Platform) => Promise<SandboxTrust | undefined>;
  /** How accounts of a Platform are scaled. */
  readScaling: (platform: Platform) => Promise<ScalingSettings>;
  nowMs?: () => number;
}

export interface PlatformReading {
  context: PlatformContext;
  /** What the Platform names and is not there, in words. */
  missing: string[];
}

/** What every controller has to know about installations, read once for all of them. */
export interface InstallationDirectory {
  /** What accounts of this namespace run on. */
  of(namespace: string): Promise<InstallationReading>;
  /** Reads what a Platform refers to. Secrets have no watch: they are read anew once in a while. */
  read(platform: Platform): Promise<PlatformReading>;
  forget(platform: Platform): Promise<void>;
}

interface Entry {
  key: string;
  readAtMs: number;
  reading: Promise<PlatformReading>;
}

/** How long what was read counts. A rotated Secret rolls its pods within this time. */
export const readingMaxAgeMs = 55_000;

const optionalKinds = ["HTTPRoute", "PodMonitor", "PrometheusRule", "ScaledObject"] as const;

export const createInstallationDirectory = (deps: DirectoryDeps): InstallationDirectory => {
  const { nowMs = () => performance.now() } = deps;
  const entries = new Map<string, Entry>();

  const read = async (platform: Platform): Promise<PlatformReading> => {
    const { uid = "", generation, annotations } = platform.metadata;
    const { migratedVersion } = platform.status ?? {};
    const key = stableStringify([generation, annotations, migratedVersion]);
    const entry = entries.get(uid);
    if (entry?.key === key && nowMs() - entry.readAtMs < readingMaxAgeMs) return entry.reading;
    const reading = readAnew(deps, platform);
    const fresh = { key, readAtMs: nowMs(), reading };
    entries.set(uid, fresh);
    const drop = (): void => {
      if (entries.get(uid) === fresh) entries.delete(uid);
    };
    // What is missing is looked for each time: somebody is about to bring it.
    reading.then((one) => (isWhole(one) ? undefined : drop()), drop);
    return reading;
  };

  return {
    read,
    of: async (namespace) => {
      const platforms = (await deps.cluster.list("Platform", { namespace })) as Platform[];
      const platform = platforms.find((one) =>
        acceptedOver(
          one,
          platforms.filter((other) => other !== one),
        ),
      );
      return platform === undefined ? noPlatform : forAccounts(await read(platform));
    },
    forget: async ({ metadata }) => {
      entries.delete(metadata.uid ?? "");
      const left = await deps.cluster.list("Platform", { namespace: metadata.namespace });
      if (left.length === 0) await deps.sources.close(metadata.namespace);
    },
  };
};

/** Without the keys of a sandbox that only starts, a Platform would wait for the next reading. */
const isWhole = ({ context: { platform, sandboxTrust }, missing }: PlatformReading): boolean =>
  missing.length === 0 && (platform.spec.sandbox !== "On" || sandboxTrust !== undefined);

const noPlatform: InstallationReading = {
  ok: false,
  reason: "NoPlatform",
  message:
    "apply a Platform in this namespace: account pods take database, images and limits from it",
};

/** Accounts run the version whose migrations are applied, and wait where there is none yet. */
const forAccounts = ({ context, missing }: PlatformReading): InstallationReading => {
  const { platform } = context;
  const { migratedVersion: version } = platform.status ?? {};
  if (missing.length > 0) {
    return { ok: false, reason: "SecretMissing", message: missing.slice(0, 5).join("; ") };
  }
  if (version === undefined) {
    const message = `Platform ${platform.metadata.name} has not migrated its database yet`;
    return { ok: false, reason: "PlatformNotMigrated", message };
  }
  const spec = { ...platform.spec, version };
  const installed = { ...context, platform: { ...platform, spec } };
  return { ok: true, installation: { runs: "pods", context: installed } };
};

const readAnew = async (deps: DirectoryDeps, platform: Platform): Promise<PlatformReading> => {
  const { cluster } = deps;
  const served = await cluster.serves(optionalKinds);
  const base: PlatformContext = {
    platform,
    capabilities: {
      httpRoute: served.has("HTTPRoute"),
      podMonitor: served.has("PodMonitor"),
      prometheusRule: served.has("PrometheusRule"),
      scaledObject: served.has("ScaledObject"),
    },
    operatorVersion: deps.operatorVersion,
    operatorNamespace: deps.operatorNamespace,
    secretDigests: {},
    scaling: await deps.readScaling(platform),
  };
  const secrets = await readSecrets(cluster, platform, secretKeysOfPlatform(base));
  if (secrets.internalToken !== undefined) {
    const access = { ...deps.urlsOf(platform), token: secrets.internalToken };
    deps.sources.open(platform.metadata.namespace, access);
  }
  const sandboxTrust = platform.spec.sandbox === "On" ? await trustOf(deps, platform) : undefined;
  return {
    context: { ...base, secretDigests: secrets.digests, sandboxTrust },
    missing: secrets.missing,
  };
};

/** What the sandbox says, or what it said last: while it restarts its clients keep what they have. */
const trustOf = async (
  { cluster, readTrust }: DirectoryDeps,
  platform: Platform,
): Promise<SandboxTrust | undefined> => {
  const said = await readTrust(platform);
  if (said !== undefined) return said;
  const { namespace } = platform.metadata;
  const ref = { kind: "ConfigMap", namespace, name: sandboxTrustName(platform) };
  return trustIn(await cluster.get(ref));
};

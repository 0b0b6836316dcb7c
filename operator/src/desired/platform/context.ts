import type { Platform } from "../../api/platform.ts";
import type { ModeChoice } from "../../scaling/choose-mode.ts";
import type { KedaSource } from "../scaling/scaled-object.ts";
import { componentTable, type Component, type ImageFamily } from "./components.ts";
import type { SandboxTrust } from "./sandbox-trust.ts";

/** What a cluster can do, as its discovery says. */
export interface Capabilities {
  httpRoute: boolean;
  podMonitor: boolean;
  prometheusRule: boolean;
  scaledObject: boolean;
}

/** How accounts of an installation are scaled. */
export interface ScalingSettings {
  /** The mode in force, and why it is that one. */
  choice: ModeChoice;
  kedaSource: KedaSource | undefined;
}

/** What builders need besides the Platform itself. */
export interface PlatformContext {
  platform: Platform;
  capabilities: Capabilities;
  /** The version of the operator, which a Platform without a version takes. */
  operatorVersion: string;
  /** Where the operator's own pods are, for the policies that let it in. */
  operatorNamespace: string;
  /** A keyed digest of every Secret value the installation names, by `secret/key`. */
  secretDigests: Readonly<Record<string, string>>;
  /** With the sandbox on, once it has said so. */
  sandboxTrust?: SandboxTrust | undefined;
  /** Direct when left out. */
  scaling?: ScalingSettings | undefined;
}

/**
 * The version that is wanted. Without one in the spec it is the one that was installed first: a
 * newer operator changes nothing until somebody asks for it.
 */
export const versionOf = ({ platform, operatorVersion }: PlatformContext): string =>
  platform.spec.version ?? platform.status?.migratedVersion ?? operatorVersion;

export const imageOf = (context: PlatformContext, family: ImageFamily): string => {
  const { images } = context.platform.spec;
  return `${images?.repository ?? "rarity-leads"}/${family}:${versionOf(context)}`;
};

export const wantedComponents = ({ platform }: PlatformContext): Component[] =>
  (Object.keys(componentTable) as Component[]).filter(
    (component) =>
      (component !== "sandbox" || platform.spec.sandbox === "On") &&
      (component !== "auth" || platform.spec.auth === undefined),
  );

export interface ComponentSettings {
  replicas: number;
  cpuRequest: string;
  memoryLimit: string;
}

export const settingsOf = (platform: Platform, component: Component): ComponentSettings => {
  const asked = platform.spec.components?.find(({ name }) => name === component);
  return {
    // The sandbox keeps its phones in memory: a second one would be another world.
    replicas: asked?.replicas ?? (component === "sandbox" ? 1 : 2),
    cpuRequest: asked?.cpuRequest ?? "100m",
    memoryLimit: asked?.memoryLimit ?? "256Mi",
  };
};

import { refKey, refOf, type KubeObject } from "../../api/objects.ts";
import type { Platform } from "../../api/platform.ts";
import type { Capabilities } from "../../desired/platform/context.ts";
import { acceptedOver } from "../../plan/plan-platform.ts";
import type { Objects } from "../ports.ts";
import type { Side } from "./wanted.ts";

/** One object of the file, as it is and as it would be. */
export interface Edit {
  live: KubeObject | undefined;
  after: KubeObject;
}

export interface Sides {
  before: Side;
  after: Side;
}

/** The installation as it is and as it would be. */
export const sidesOf = async (
  objects: Objects,
  namespace: string,
  { edits, now }: { edits: readonly Edit[]; now: Date },
): Promise<Sides> => {
  if (objects.runs === "processes") {
    const side: Side = { runs: "processes", now };
    return { before: side, after: side };
  }
  const capabilities = await capabilitiesOf(objects);
  const live = (await objects.list("Platform", { namespace })) as Platform[];
  const edited = edits.map(({ after }) => after).filter(({ kind }) => kind === "Platform");
  const keys = new Set(edited.map((platform) => refKey(refOf(platform))));
  const others = live.filter((platform) => !keys.has(refKey(refOf(platform))));
  return {
    before: { runs: "pods", platform: oldest(live), capabilities, now },
    after: {
      ...{ runs: "pods", capabilities, now },
      platform: oldest([...(edited as Platform[]), ...others]),
    },
  };
};

/** The one that counts. */
const oldest = (platforms: readonly Platform[]): Platform | undefined =>
  platforms.find((one) =>
    acceptedOver(
      one,
      platforms.filter((other) => other !== one),
    ),
  );

const capabilitiesOf = async (objects: Objects): Promise<Capabilities> => {
  const [httpRoute, podMonitor, prometheusRule, scaledObject] = await Promise.all(
    (["HTTPRoute", "PodMonitor", "PrometheusRule", "ScaledObject"] as const).map(objects.serves),
  );
  const is = (served: boolean | undefined): boolean => served === true;
  return {
    httpRoute: is(httpRoute),
    podMonitor: is(podMonitor),
    prometheusRule: is(prometheusRule),
    scaledObject: is(scaledObject),
  };
};

import { Gauge, type Registry } from "prom-client";
import { demandLabel, demandMetric } from "../../desired/scaling/demand-metric.ts";
import type { DemandSource } from "../metrics-server/demand-source.ts";

/**
 * The demand as a Prometheus metric, for clusters whose metrics server reads it from there. An
 * account whose queue cannot be read has no value, which is not the same as 0.
 */
export const exportDemand = (
  registry: Registry,
  source: DemandSource,
  namespaces: () => Iterable<string>,
): void => {
  new Gauge({
    name: demandMetric,
    help: "Messages due now for an account, and at least 1 while it has to run",
    labelNames: ["namespace", demandLabel],
    registers: [registry],
    collect() {
      this.reset();
      for (const namespace of namespaces()) {
        for (const { accountId, demand } of source.demandsIn(namespace)) {
          if (demand.ok) this.set({ namespace, [demandLabel]: accountId }, demand.value);
        }
      }
    },
  });
};

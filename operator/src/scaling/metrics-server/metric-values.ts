import { demandLabel, demandMetric } from "../../desired/scaling/demand-metric.ts";
import type { AccountDemand, DemandSource } from "./demand-source.ts";
import { groupVersion } from "./discovery.ts";
import { parseLabelSelector } from "./label-selector.ts";
import { failure, ok, type Answer } from "./status.ts";

export interface MetricQuery {
  namespace: string;
  metric: string;
  labelSelector: string;
}

/**
 * The values of a metric in one namespace. An account whose demand is not known makes the whole
 * answer fail: an autoscaler keeps its pods then, where a smaller sum would take some away.
 */
export const metricValues = (source: DemandSource, query: MetricQuery): Answer => {
  if (query.metric !== demandMetric) {
    return failure(404, `there is no metric ${query.metric}; the one served is ${demandMetric}`);
  }
  const selector = parseLabelSelector(query.labelSelector);
  if (!selector.ok) return failure(400, selector.message);
  const wanted = source
    .demandsIn(query.namespace, exactAccount(query.labelSelector))
    .filter(({ accountId }) => selector.matches({ [demandLabel]: accountId }));
  const unknown = wanted.find(({ demand }) => !demand.ok);
  if (unknown?.demand.ok === false) return unavailable(unknown.demand.message);
  return ok({
    kind: "ExternalMetricValueList",
    apiVersion: groupVersion,
    metadata: {},
    items: wanted.flatMap(valueOf),
  });
};

/** The demand of one account in KEDA's form: `{"demand": 12}`. */
export const accountDemand = (
  source: DemandSource,
  { namespace, accountId }: { namespace: string; accountId: string },
): Answer => {
  const [found] = source.demandsIn(namespace, accountId);
  if (found === undefined) return failure(404, `no account ${accountId} is in ${namespace}`);
  return found.demand.ok ? ok({ demand: found.demand.value }) : unavailable(found.demand.message);
};

const unavailable = (message: string): Answer =>
  failure(503, `the queue depth is not known: ${message}`);

/** What autoscalers ask, and what needs no look at all other accounts. */
const exactAccount = (selector: string): string | undefined => exactly.exec(selector)?.[1];
const exactly = new RegExp(`^${demandLabel}=([-0-9a-f]{36})$`);

const valueOf = ({ accountId, demand }: AccountDemand) =>
  demand.ok
    ? [
        {
          metricName: demandMetric,
          metricLabels: { [demandLabel]: accountId },
          timestamp: demand.readAt.toISOString(),
          value: String(demand.value),
        },
      ]
    : [];

import { demandMetric } from "../../desired/scaling/demand-metric.ts";
import type { DemandSource } from "./demand-source.ts";
import * as discovery from "./discovery.ts";
import { accountDemand, metricValues } from "./metric-values.ts";
import { openApiDocument, openApiIndex, openApiPaths } from "./openapi.ts";
import type { Attributes } from "./reviews.ts";
import { failure, ok, type Answer } from "./status.ts";

/** A request as far as the answer depends on it. */
export interface Asked {
  method: string;
  url: URL;
  accept: string | undefined;
}

/** What a request needs to be allowed, and its answer once it is. */
export interface Route {
  attributes: Attributes;
  answer: () => Answer;
}

const segment = "([^/]+)";
const metricPath = new RegExp(`^${discovery.apiRoot}/namespaces/${segment}/${segment}$`);
const kedaPath = new RegExp(`^/keda/v1/namespaces/${segment}/accounts/${segment}$`);

export const routeOf = (source: DemandSource, asked: Asked): Route => {
  const { url } = asked;
  const [, namespace, metric] = metricPath.exec(url.pathname) ?? [];
  if (namespace !== undefined && metric !== undefined) {
    const labelSelector = url.searchParams.get("labelSelector") ?? "";
    return {
      attributes: metricAttributes(namespace, metric),
      answer: () => metricValues(source, { namespace, metric, labelSelector }),
    };
  }
  const [, kedaNamespace, accountId] = kedaPath.exec(url.pathname) ?? [];
  if (kedaNamespace !== undefined && accountId !== undefined) {
    return {
      // Whoever may read the metric may read it in this form.
      attributes: metricAttributes(kedaNamespace, demandMetric),
      answer: () => accountDemand(source, { namespace: kedaNamespace, accountId }),
    };
  }
  return {
    attributes: { path: url.pathname, verb: "get" },
    answer: () => documentAt(asked),
  };
};

/** As the API server names the same request: a path without an object's name is a list. */
const metricAttributes = (namespace: string, resource: string): Attributes => ({
  namespace,
  verb: "list",
  group: discovery.apiGroup,
  version: discovery.apiVersion,
  resource,
});

const documents: Record<string, unknown> = {
  [`/apis/${discovery.apiGroup}`]: discovery.groupDocument,
  [discovery.apiRoot]: discovery.resourceListDocument,
  [openApiPaths.index]: openApiIndex,
  [openApiPaths.document]: openApiDocument,
};

const documentAt = ({ url, accept }: Asked): Answer => {
  const path = url.pathname.replace(/(?<=.)\/$/, "");
  if (path === "/apis") {
    return discovery.wantsAggregated(accept)
      ? { ...ok(discovery.aggregatedDocument), contentType: discovery.aggregatedType }
      : ok(discovery.groupListDocument);
  }
  return Object.hasOwn(documents, path)
    ? ok(documents[path])
    : failure(404, "the server has nothing at this path");
};

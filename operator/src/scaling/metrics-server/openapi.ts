import { shortHash } from "../../api/names.ts";
import { apiGroup, apiRoot, apiVersion } from "./discovery.ts";

const item = {
  type: "object",
  required: ["metricName", "metricLabels", "timestamp", "value"],
  properties: {
    metricName: { type: "string", description: "The metric asked for." },
    metricLabels: { type: "object", additionalProperties: { type: "string" } },
    timestamp: { type: "string", format: "date-time", description: "When the queue was read." },
    value: { type: "string", description: "A quantity: messages due now." },
  },
};

/** OpenAPI 3.0 of the one thing that can be asked. */
export const openApiDocument = {
  openapi: "3.0.0",
  info: { title: "Demand of accounts as external metric", version: "unversioned" },
  paths: {
    [`${apiRoot}/namespaces/{namespace}/{metric}`]: {
      parameters: ["namespace", "metric"].map((name) => ({
        name,
        in: "path",
        required: true,
        schema: { type: "string" },
      })),
      get: {
        operationId: "listExternalMetric",
        parameters: [{ name: "labelSelector", in: "query", schema: { type: "string" } }],
        responses: {
          "200": {
            description: "The values whose labels match.",
            content: { "application/json": { schema: { $ref: "#/components/schemas/List" } } },
          },
        },
        "x-kubernetes-action": "list",
      },
    },
  },
  components: {
    schemas: {
      List: {
        type: "object",
        properties: {
          apiVersion: { type: "string" },
          kind: { type: "string" },
          metadata: { type: "object" },
          items: { type: "array", items: item },
        },
        "x-kubernetes-group-version-kind": [
          { group: apiGroup, version: apiVersion, kind: "ExternalMetricValueList" },
        ],
      },
    },
  },
};

const documentPath = `/openapi/v3${apiRoot}`;

export const openApiIndex = {
  paths: {
    [apiRoot.slice(1)]: {
      serverRelativeURL: `${documentPath}?hash=${shortHash(openApiDocument)}`,
    },
  },
};

export const openApiPaths = { index: "/openapi/v3", document: documentPath } as const;

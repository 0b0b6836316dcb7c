/** The documents that describe the API. They never change, so discovery does not grow. */
export const apiGroup = "external.metrics.k8s.io";
export const apiVersion = "v1beta1";
export const groupVersion = `${apiGroup}/${apiVersion}`;
export const apiRoot = `/apis/${groupVersion}`;

const version = { groupVersion, version: apiVersion };

const group = {
  name: apiGroup,
  versions: [version],
  preferredVersion: version,
};

export const groupDocument = { kind: "APIGroup", apiVersion: "v1", ...group };
export const groupListDocument = { kind: "APIGroupList", apiVersion: "v1", groups: [group] };

/** One resource stands for every metric, as in KEDA. */
const resource = "externalmetrics";
const kind = "ExternalMetricValueList";

export const resourceListDocument = {
  kind: "APIResourceList",
  apiVersion: "v1",
  groupVersion,
  resources: [{ name: resource, singularName: "", namespaced: true, kind, verbs: ["get"] }],
};

/** The aggregated form, which API servers since 1.26 ask for. */
export const aggregatedType =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

export const aggregatedDocument = {
  kind: "APIGroupDiscoveryList",
  apiVersion: "apidiscovery.k8s.io/v2",
  metadata: {},
  items: [
    {
      metadata: { name: apiGroup, creationTimestamp: null },
      versions: [
        {
          version: apiVersion,
          freshness: "Current",
          resources: [
            {
              resource,
              responseKind: { group: apiGroup, version: apiVersion, kind },
              scope: "Namespaced",
              singularResource: "",
              verbs: ["get"],
            },
          ],
        },
      ],
    },
  ],
};

/** Whether an Accept header names the aggregated form; its parameters come in any order. */
export const wantsAggregated = (accept: string | undefined): boolean =>
  (accept ?? "").split(",").some((each) => {
    const parameters = each.split(";").map((parameter) => parameter.trim());
    return ["g=apidiscovery.k8s.io", "v=v2", "as=APIGroupDiscoveryList"].every((parameter) =>
      parameters.includes(parameter),
    );
  });

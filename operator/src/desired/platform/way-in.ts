import { componentName } from "../../api/platform-names.ts";
import type { KubeObject } from "../../api/objects.ts";
import { componentTable } from "./components.ts";
import type { PlatformContext } from "./context.ts";
import { metadataOf } from "./service.ts";

/** Contour switches WebSocket on by route; other controllers ignore the annotation. */
const webSocketPath = "/ws";
const webSocketAnnotation = { "projectcontour.io/websocket-routes": webSocketPath };
const paths = [webSocketPath, "/"];

/** The Ingress or HTTPRoute to the edge, or nothing where somebody else brings one. */
export const buildWayIn = (context: PlatformContext): KubeObject | undefined => {
  const { ingress, hosts } = context.platform.spec;
  if (ingress === undefined || hosts === undefined) return undefined;
  switch (ingress.type) {
    case "None":
      return undefined;
    case "Ingress":
      return buildIngress(context, hosts.api);
    case "HTTPRoute":
      return context.capabilities.httpRoute ? buildHttpRoute(context, hosts.api) : undefined;
  }
};

const buildIngress = ({ platform }: PlatformContext, host: string): KubeObject => {
  const { ingress } = platform.spec;
  const service = { name: componentName(platform, "edge"), port: { name: "http" } };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: {
      ...metadataOf(platform, "edge"),
      annotations: { ...webSocketAnnotation, ...ingress?.annotations },
    },
    spec: {
      ...(ingress?.className === undefined ? {} : { ingressClassName: ingress.className }),
      ...(ingress?.tlsSecretName === undefined
        ? {}
        : { tls: [{ hosts: [host], secretName: ingress.tlsSecretName }] }),
      rules: [
        {
          host,
          http: {
            paths: paths.map((path) => ({ path, pathType: "Prefix", backend: { service } })),
          },
        },
      ],
    },
  };
};

const buildHttpRoute = ({ platform }: PlatformContext, host: string): KubeObject => {
  const gateway = platform.spec.ingress?.gateway;
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: metadataOf(platform, "edge"),
    spec: {
      parentRefs: [
        {
          name: gateway?.name ?? "",
          namespace: gateway?.namespace ?? platform.metadata.namespace,
        },
      ],
      hostnames: [host],
      rules: [
        {
          matches: [{ path: { type: "PathPrefix", value: "/" } }],
          backendRefs: [{ name: componentName(platform, "edge"), port: componentTable.edge.port }],
        },
      ],
    },
  };
};

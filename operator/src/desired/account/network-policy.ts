import { accountKinds, secretReferencesOf, type Account } from "../../api/account-kinds.ts";
import type { KubeObject } from "../../api/objects.ts";
import { componentTable, sandboxPorts } from "../platform/components.ts";
import type { PlatformContext } from "../platform/context.ts";
import {
  componentPeer,
  databasePorts,
  dnsRule,
  namespacePeer,
  portOf,
  redisPorts,
  storeRule,
  tcp,
  telemetryRules,
  type Peer,
  type Rule,
} from "../platform/network-rules.ts";
import { childMetadata, selectorLabels } from "./labels.ts";

/** The internet, without the addresses at which clouds hand out credentials of the node. */
const internet: Peer = { ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } };

/** Who reaches one account's pods, and whom they reach. */
export const buildNetworkPolicy = (
  account: Account,
  context: PlatformContext,
): KubeObject | undefined => {
  const { platform } = context;
  if (platform.spec.network?.policies === "Off") return undefined;
  const { monitoringNamespace } = platform.spec.network ?? {};
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: childMetadata(account),
    spec: {
      podSelector: { matchLabels: selectorLabels(account) },
      policyTypes: ["Ingress", "Egress"],
      ingress: [
        {
          from: [componentPeer(platform, "edge"), namespacePeer(monitoringNamespace)],
          ports: tcp(accountKinds[account.kind].port),
        },
      ],
      egress: [
        dnsRule,
        storeRule(platform, storePorts(context)),
        ...telemetryRules(platform),
        providerRule(account, context),
      ],
    },
  };
};

const storePorts = ({ platform }: PlatformContext): number[] => {
  const endpoint = platform.spec.media?.s3?.endpoint;
  return [...databasePorts, ...redisPorts, ...(endpoint === undefined ? [] : [portOf(endpoint)])];
};

/** A proxy may listen anywhere; a provider is reached by its own ports; the sandbox is in here. */
const providerRule = (account: Account, { platform }: PlatformContext): Rule => {
  if (platform.spec.sandbox === "On") {
    const ports = tcp(componentTable.sandbox.port, ...Object.values(sandboxPorts));
    return { to: [componentPeer(platform, "sandbox")], ports };
  }
  const hasProxy = secretReferencesOf(account).some(({ env }) => env === "PROXY_URL");
  return hasProxy ? { to: [internet] } : { to: [internet], ports: tcp(443, 5222) };
};

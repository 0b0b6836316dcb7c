// Generated from crds/platforms.rarityleads.io.yaml by scripts/src/generate-crd-types.ts. Do not edit.

/**
 * What the installation should be.
 */
export interface PlatformSpec {
/**
 * The version of every component, the tag of its image. When left out, the operator's own version at the time of the installation: a newer operator changes it only when it is set here.
 */
version?: string
/**
 * Where images come from.
 */
images?: {
/**
 * The part before the family name. rarity-leads gives rarity-leads/services.
 */
repository?: string
/**
 * When a node pulls an image. IfNotPresent when left out.
 */
pullPolicy?: ("Always" | "IfNotPresent" | "Never")
/**
 * Secrets with credentials for the registry.
 * 
 * @maxItems 8
 * 
 * Items: The name of a Secret in the same namespace.
 */
pullSecrets?: string[]
}
/**
 * Postgres.
 */
database: {
/**
 * The Secret with one URL per role: adminUrl (for the migration Job only), orchestratorUrl, leadsUrl, accountsUrl, authUrl and whatsappUrl; instagramUrl, facebookUrl, xUrl and linkedinUrl where there are accounts of these channels.
 */
secretName: string
/**
 * The most connections one pod of a core service opens. 12 when left out.
 */
connectionsPerPod?: number
}
/**
 * Redis, which carries wake-ups and events and no message.
 */
redis: {
/**
 * The Secret key with the URL.
 */
urlSecretRef: {
/**
 * The name of a Secret in the same namespace.
 */
name: string
/**
 * The key in the Secret.
 */
key: string
}
}
/**
 * The Secret with the installation's own keys: tenantSealKey (64 hex digits), internalToken, sessionKeys (version:64 hex digits, newest first, separated by commas) and signingKey (a JWK).
 */
secretsRef: {
/**
 * The name of a Secret in the same namespace.
 */
name: string
}
/**
 * Where media files are kept. Without it, only text can be sent.
 */
media?: {
/**
 * S3-compatible storage; Supabase Storage speaks it.
 */
s3?: {
/**
 * The URL of the service.
 */
endpoint: string
/**
 * The bucket.
 */
bucket: string
/**
 * The region. us-east-1 when left out.
 */
region?: string
/**
 * The Secret with the keys accessKeyId and secretAccessKey.
 */
credentialsSecretName: string
}
/**
 * A PersistentVolumeClaim which many pods may write (ReadWriteMany).
 */
claimName?: string
}
/**
 * The names people and programs use.
 */
hosts?: {
/**
 * The host of the API and the WebSocket.
 */
api: string
}
/**
 * The way in. None when left out.
 */
ingress?: {
/**
 * Ingress or HTTPRoute; None leaves the way in to you.
 */
type: ("None" | "Ingress" | "HTTPRoute")
/**
 * With type Ingress, the ingress class. The cluster's default when left out.
 */
className?: string
/**
 * With type Ingress, the Secret with the certificate. Plain HTTP when left out.
 */
tlsSecretName?: string
/**
 * With type Ingress, annotations for the controller in use.
 */
annotations?: {
[k: string]: string
}
/**
 * With type HTTPRoute, the Gateway.
 */
gateway?: {
/**
 * The name of the Gateway.
 */
name: string
/**
 * Its namespace. The Platform's own when left out.
 */
namespace?: string
}
}
/**
 * Who issues tokens. The embedded auth service when left out.
 */
auth?: {
/**
 * The issuer every token must name, for example the auth URL of a Supabase project.
 */
issuer: string
/**
 * Where its public keys are.
 */
jwksUrl: string
/**
 * The audience every token must name. authenticated when left out.
 */
audience?: string
}
/**
 * How account pods are scaled on queue depth.
 */
scaling?: {
/**
 * Auto takes the first that can be had of Keda, External, Builtin and Direct. Keda makes ScaledObjects; External makes HorizontalPodAutoscalers on the metric rarity_account_demand that another metrics server answers for; Builtin makes them on the same metric, served by the operator itself, and never takes external.metrics.k8s.io from another server; Direct lets the operator write replicas, and makes none. What cannot be had becomes Direct. Auto when left out.
 */
mode?: ("Auto" | "Keda" | "External" | "Builtin" | "Direct")
/**
 * The fewest pods of an account while the queue depth cannot be read; it never loses pods meanwhile. 1 when left out.
 */
fallbackReplicas?: number
/**
 * Accounts that may be starting at the same time. 10 when left out.
 */
startsAtOnceMax?: number
/**
 * Of these, accounts that leave through the same proxy or address. 3 when left out.
 */
startsPerEgressMax?: number
}
/**
 * Traces and metrics.
 */
telemetry?: {
/**
 * The base URL of an OTLP/HTTP receiver. No traces when left out.
 */
otlpEndpoint?: string
/**
 * Auto makes PodMonitors and PrometheusRules where their CRDs exist; Off makes none. Auto when left out.
 */
monitors?: ("Auto" | "Off")
}
/**
 * NetworkPolicies. Nothing comes in or goes out but what is listed or needed.
 */
network?: {
/**
 * Enforce makes the policies; Off makes none. Enforce when left out.
 */
policies?: ("Enforce" | "Off")
/**
 * Where Postgres, Redis and media storage are, as address ranges. Anywhere when left out.
 * 
 * @maxItems 16
 * 
 * Items: An address range, for example 10.0.0.0/16.
 */
databaseCidrs?: string[]
/**
 * Ports of Postgres, Redis and media storage beside 5432, 6432 and 6543, 6379 and 6380, and those of the addresses in spec.media; for example 25060.
 * 
 * @maxItems 16
 * 
 * Items: A TCP port.
 */
storePorts?: number[]
/**
 * The namespace of the ingress controller; only it reaches the way in. Any when left out.
 */
ingressNamespace?: string
/**
 * The namespace Prometheus runs in; only it reads metrics from outside. Any when left out.
 */
monitoringNamespace?: string
}
/**
 * Changes to single components.
 * 
 * @maxItems 16
 * 
 * Items: One component.
 */
components?: {
/**
 * The component.
 */
name: ("edge" | "orchestrator" | "leads" | "accounts" | "auth" | "sandbox")
/**
 * Its pods. 2 when left out, 1 for the sandbox.
 */
replicas?: number
/**
 * Processor time asked for, for example 100m.
 */
cpuRequest?: string
/**
 * The most memory, asked for as well, for example 256Mi.
 */
memoryLimit?: string
}[]
/**
 * Emulated outside parties, for trying things. On sends nothing to a real provider.
 */
sandbox: ("On" | "Off")
/**
 * The operator leaves everything as it is and only reports.
 */
paused: boolean
/**
 * Apply acts. DryRun writes what it would do to status.plan and changes nothing. Observe only reports status.
 */
reconcilePolicy: ("Apply" | "DryRun" | "Observe")
}

/**
 * What the operator sees. Written by the operator only.
 */
export interface PlatformStatus {
/**
 * The metadata.generation this status was computed from.
 */
observedGeneration?: number
/**
 * The version all components run.
 */
version?: string
/**
 * The version whose migrations are applied.
 */
migratedVersion?: string
/**
 * Accounts of every kind in the namespace.
 */
accounts?: number
/**
 * The scaling mode in force; with Auto, the one that was found.
 */
scalingMode?: string
/**
 * Where the API answers.
 */
url?: string
/**
 * What runs, one entry per component.
 * 
 * @maxItems 32
 * 
 * Items: One component.
 */
components?: {
/**
 * The component, for example orchestrator.
 */
name: string
/**
 * Pods asked for.
 */
replicas?: number
/**
 * Pods that answer their readiness probe.
 */
readyReplicas?: number
/**
 * The version of its image.
 */
version?: string
}[]
/**
 * With reconcilePolicy DryRun, what would be done.
 * 
 * @maxItems 100
 * 
 * Items: One step.
 */
plan?: string[]
/**
 * The platform's conditions, one per type.
 * 
 * @maxItems 16
 * 
 * Items: One condition.
 */
conditions?: {
/**
 * What the condition is about, as one CamelCase word, for example Ready.
 */
type: string
/**
 * True, False or Unknown.
 */
status: ("True" | "False" | "Unknown")
/**
 * The generation the condition was computed from.
 */
observedGeneration?: number
/**
 * When status last changed.
 */
lastTransitionTime: string
/**
 * Why, as one CamelCase word.
 */
reason: string
/**
 * Why, as a sentence, with what to do about it.
 */
message: string
}[]
}

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Secrets } from "./secrets.ts";

/** Everything the processes need to know about each other, all on loopback. */
export type Wiring = {
  root: string;
  dataDir: string;
  adminUrl: string;
  redisUrl: string;
  secrets: Secrets;
  otlpEndpoint: string | undefined;
  ports: Record<PortName, number>;
};

export const portDefaults = {
  edge: 8080,
  orchestrator: 3000,
  leads: 3007,
  accounts: 3009,
  auth: 3010,
  sandbox: 3900,
  sandboxWire: 3901,
  sandboxMedia: 3902,
  operator: 9443,
} as const;

export type PortName = keyof typeof portDefaults;
export type ServiceName =
  "sandbox" | "auth" | "leads" | "orchestrator" | "accounts" | "operator" | "edge";

export const url = (wiring: Wiring, name: PortName): string =>
  `http://127.0.0.1:${wiring.ports[name]}`;

const databaseUrl = (wiring: Wiring, role: string): string => {
  const parsed = new URL(wiring.adminUrl);
  parsed.username = role;
  parsed.password = wiring.secrets.rolePassword;
  return parsed.toString();
};

/** `MEDIA_URL` and what belongs to it come from whoever starts the stack; the default is a folder. */
const mediaEnvironment = (wiring: Wiring): Record<string, string> => ({
  MEDIA_URL: pathToFileURL(join(wiring.dataDir, "media")).href,
  ...Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      /^MEDIA_(URL$|S3_)/.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  ),
});

/** What every process gets, whatever it does. */
const common = (wiring: Wiring): Record<string, string> => ({
  PATH: process.env["PATH"] ?? "",
  HOME: process.env["HOME"] ?? "/",
  NODE_ENV: "production",
  HOST: "127.0.0.1",
  LOG_LEVEL: process.env["LOG_LEVEL"] ?? "info",
  REDIS_URL: wiring.redisUrl,
  TENANT_SEAL_KEY: wiring.secrets.tenantSealKey,
  INTERNAL_TOKEN: wiring.secrets.internalToken,
  ...mediaEnvironment(wiring),
  // A process that was killed is back sooner when its modules need no compiling.
  NODE_COMPILE_CACHE: join(wiring.root, ".rarity", "compile-cache"),
  AUTH_ISSUER: `${url(wiring, "auth")}/auth/v1`,
  AUTH_AUDIENCE: "authenticated",
  AUTH_JWKS_URL: `${url(wiring, "auth")}/.well-known/jwks.json`,
  AUTH_URL: url(wiring, "auth"),
  ORCHESTRATOR_URL: url(wiring, "orchestrator"),
  LEADS_URL: url(wiring, "leads"),
  ACCOUNTS_URL: url(wiring, "accounts"),
  OPERATOR_URL: url(wiring, "operator"),
  SANDBOX_URL: url(wiring, "sandbox"),
  ...(wiring.otlpEndpoint === undefined
    ? {}
    : { OTEL_EXPORTER_OTLP_ENDPOINT: wiring.otlpEndpoint }),
});

/** The environment template the operator hands to every WhatsApp process it starts. */
export const channelEnvironment = (
  wiring: Wiring,
  sandbox: { wireUrl: string; rootKeyHex: string; mediaCaFile: string },
): Record<string, string> => ({
  ...common(wiring),
  DATABASE_URL: databaseUrl(wiring, "rarity_whatsapp"),
  SESSION_KEYS: wiring.secrets.sessionKeys,
  WHATSAPP_URL: sandbox.wireUrl,
  WHATSAPP_ROOT_KEY: sandbox.rootKeyHex,
  NODE_EXTRA_CA_CERTS: sandbox.mediaCaFile,
});

const own: Record<ServiceName, (wiring: Wiring) => Record<string, string>> = {
  sandbox: (w) => ({
    WIRE_PORT: String(w.ports.sandboxWire),
    MEDIA_PORT: String(w.ports.sandboxMedia),
    DATA_FILE: join(w.dataDir, "sandbox", "state.json"),
  }),
  auth: (w) => ({
    DATABASE_URL: databaseUrl(w, "rarity_auth"),
    SIGNING_KEY_FILE: join(w.dataDir, "auth", "signing-key.json"),
  }),
  leads: (w) => ({ DATABASE_URL: databaseUrl(w, "rarity_leads") }),
  orchestrator: (w) => ({ DATABASE_URL: databaseUrl(w, "rarity_orchestrator") }),
  accounts: (w) => ({ DATABASE_URL: databaseUrl(w, "rarity_accounts") }),
  operator: (w) => ({
    DATA_DIR: join(w.dataDir, "operator"),
    QUEUE_DEPTH_URL: `${url(w, "orchestrator")}/internal/queue-depth`,
    CHANNEL_ENV_FILE: join(w.dataDir, "operator", "channel-env.json"),
  }),
  edge: () => ({}),
};

export const environmentOf = (wiring: Wiring, name: ServiceName): Record<string, string> => ({
  ...common(wiring),
  PORT: String(wiring.ports[name]),
  ...own[name](wiring),
});

export const entryOf = (root: string, name: ServiceName): string =>
  name === "operator"
    ? join(root, "operator/src/main.ts")
    : join(root, "services", name, "src/main.ts");

/** Roles whose password the migration sets. */
export const databaseRoles = [
  "rarity_orchestrator",
  "rarity_whatsapp",
  "rarity_leads",
  "rarity_accounts",
  "rarity_auth",
] as const;

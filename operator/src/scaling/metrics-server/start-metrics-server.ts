import type { ApiCalls } from "./api-calls.ts";
import { keepCertificate, type SecretPlace } from "./certificate-secret.ts";
import type { DemandSource } from "./demand-source.ts";
import { startListener, type Listener } from "./listener.ts";
import {
  isInstalled,
  register,
  unregister,
  type Registration,
  type ServicePlace,
} from "./registration.ts";
import { readTrust, trustConfigMapPath, type RequestHeaderTrust } from "./request-header-trust.ts";
import { createReviews } from "./reviews.ts";
import { trustedBundle } from "./serving-certificate.ts";

export interface MetricsServerDeps {
  api: ApiCalls;
  source: DemandSource;
  host: string;
  /** 0 takes a free one. */
  port: number;
  /** Behind which it is found; a port of 0 stands for the one it listens on. */
  service: ServicePlace;
  secret: SecretPlace;
  /**
   * Whether it should hold the API slot. Undefined leaves the slot alone, whoever has it: KEDA, which
   * has it itself, is served without.
   */
  isWanted: (() => boolean | Promise<boolean>) | undefined;
  /** How often certificates, trusted authorities and the registration are looked at. */
  intervalMs: number;
  now: () => Date;
  onError: (error: unknown) => void;
}

export interface MetricsServer {
  port: number;
  registration: () => Registration | { state: "unregistered" };
  /** Looks at once, as it does every `intervalMs`. */
  refresh: () => Promise<void>;
  /** Frees the API slot when told to, for instance because it is being uninstalled. */
  stop: (options?: { unregister?: boolean }) => Promise<void>;
}

type State = ReturnType<MetricsServer["registration"]>;

/**
 * Serves external.metrics.k8s.io from the demand of accounts: certificate first, then the listener,
 * then the registration; and again and again, so that nothing expires and a freed slot is taken.
 */
export const startMetricsServer = async (deps: MetricsServerDeps): Promise<MetricsServer> => {
  const { api, source, now, onError } = deps;
  let trust: RequestHeaderTrust | undefined;
  let registration: State = { state: "unregistered" };
  let listener: Listener | undefined;

  const refresh = async (): Promise<void> => {
    trust = await loadTrust(api);
    const hosts = hostsOf(deps.service);
    const certificate = await keepCertificate(api, deps.secret, { hosts, now: now() });
    const tls = { ...certificate.server, clientCaPem: trust?.caPem };
    listener ??= await startListener(
      {
        ...{ source, onError },
        reviews: createReviews(api),
        trust: () => trust,
        isReady: () => registration.state !== "lost",
      },
      { host: deps.host, port: deps.port, tls },
    );
    const service = { ...deps.service, port: deps.service.port || listener.port };
    registration = await settle(deps, service, trustedBundle(certificate, now()));
    // Only now does the API server trust a new authority.
    listener.useTls(tls);
  };
  await refresh();
  const loop = repeat(refresh, deps);
  return {
    port: listener?.port ?? 0,
    registration: () => registration,
    refresh: loop.now,
    stop: async (options = {}) => {
      await loop.stop();
      if (options.unregister === true) await unregister(api, deps.service);
      await listener?.close();
    },
  };
};

const settle = async (
  { api, isWanted }: MetricsServerDeps,
  service: ServicePlace,
  caPem: string,
): Promise<State> => {
  if (isWanted === undefined) return { state: "unregistered" };
  // What an installer registered has to be served, whether a Platform asks for it or not.
  if ((await isWanted()) || (await isInstalled(api, service))) {
    return register(api, service, caPem);
  }
  await unregister(api, service);
  return { state: "unregistered" };
};

const loadTrust = async (api: Pick<ApiCalls, "read">): Promise<RequestHeaderTrust | undefined> => {
  const found = await api.read<{ data?: Record<string, string> }>(trustConfigMapPath);
  return readTrust(found?.data);
};

/** The names a Service is reached under. */
const hostsOf = ({ name, namespace }: ServicePlace): string[] => [
  `${name}.${namespace}.svc`,
  `${name}.${namespace}.svc.cluster.local`,
];

/** One run at a time; a run asked for during another follows it. */
const repeat = (
  run: () => Promise<void>,
  { intervalMs, onError }: Pick<MetricsServerDeps, "intervalMs" | "onError">,
): { now: () => Promise<void>; stop: () => Promise<void> } => {
  let last = Promise.resolve();
  const next = (): Promise<void> => {
    const done = last.then(run);
    last = done.catch(onError);
    return done;
  };
  const timer = setInterval(() => void next().catch(() => undefined), intervalMs);
  return {
    now: next,
    stop: async () => {
      clearInterval(timer);
      await last;
    },
  };
};

import path from "node:path";
import type { Logger } from "pino";
import { collectDefaultMetrics, Counter, Registry } from "prom-client";
import { createLocalCluster } from "./cluster/local/local-cluster.ts";
import { createObjectFiles } from "./cluster/local/object-files.ts";
import { createObjectStore } from "./cluster/local/object-store.ts";
import { startDeploymentController } from "./cluster/local/processes/deployment-controller.ts";
import { createPodRuntime, endOrphans } from "./cluster/local/processes/pod-runtime.ts";
import { defaultRestartPolicy } from "./cluster/local/processes/restart-delay.ts";
import { loadCrds } from "./cluster/local/schema/load-crds.ts";
import type { OperatorConfig } from "./config.ts";
import {
  startAccountController,
  type AccountController,
} from "./controllers/whatsapp-account/controller.ts";
import { createRegistrar } from "./controllers/whatsapp-account/register.ts";
import { startApiServer } from "./http/api-server.ts";
import { createTemplateReader } from "./read-template.ts";
import { startAccountSources } from "./sources/account-sources.ts";
import { createInternalClient } from "./sources/internal-client.ts";

const orphanGraceMs = 10_000;

export interface OperatorDeps {
  config: OperatorConfig;
  logger: Logger;
  /** What channel processes inherit from this one. */
  baseEnv: Record<string, string>;
  /** Another program in place of the WhatsApp channel. */
  channelCommand?: string[];
}

export interface RunningOperator {
  port: number;
  /** Readiness first, then controllers, then the processes, then the listener. */
  stop(): Promise<void>;
}

/** The operator on the local runtime: objects as files, pods as child processes. */
export const startOperator = async (deps: OperatorDeps): Promise<RunningOperator> => {
  const { config, logger } = deps;
  const now = (): Date => new Date();
  const store = createObjectStore({
    files: createObjectFiles(path.join(config.dataFolder, "cluster")),
    schemas: loadCrds(config.crdFolder),
    now,
    onWatcherError: (err) => logger.error({ err }, "a watcher failed"),
  });
  const { registry, failed } = createMetrics();
  const onError = (key: string, err: unknown): void => {
    failed.inc();
    logger.warn({ err, key }, "reconcile failed");
  };
  const ended = await endOrphans(store, orphanGraceMs);
  if (ended > 0) logger.warn({ ended }, "ended processes of an earlier run");
  store.collectOrphans();

  let isReady = false;
  const server = await startApiServer({
    store,
    token: config.internalToken,
    host: config.host,
    port: config.port,
    isReady: () => isReady,
    metrics: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
    onError: (err) => logger.error({ err }, "request failed"),
  });
  const pods = createPodRuntime({
    store,
    logFolder: path.join(config.dataFolder, "logs"),
    baseEnv: deps.baseEnv,
    restart: defaultRestartPolicy,
    now,
    onError: (ref, error) => onError(`${ref.kind}/${ref.namespace}/${ref.name}`, error),
  });
  pods.start();
  const deployments = startDeploymentController({ store, onError });
  const accounts = startAccounts(deps, { store, now, onError });
  isReady = true;
  return {
    port: server.port,
    stop: async () => {
      isReady = false;
      await accounts.stop();
      await deployments.stop();
      await pods.stop();
      await server.close();
    },
  };
};

const createMetrics = (): { registry: Registry; failed: Counter } => {
  const registry = new Registry();
  registry.setDefaultLabels({ service: "operator" });
  collectDefaultMetrics({ register: registry });
  const failed = new Counter({
    name: "controller_runtime_reconcile_errors_total",
    help: "Reconciles that failed and are tried again",
    registers: [registry],
  });
  return { registry, failed };
};

const startAccounts = (
  { config, logger, channelCommand }: OperatorDeps,
  parts: {
    store: Parameters<typeof createLocalCluster>[0];
    now: () => Date;
    onError: (key: string, error: unknown) => void;
  },
): { stop(): Promise<void> } => {
  let controller: AccountController | undefined;
  const sources = startAccountSources({
    client: createInternalClient({ token: config.internalToken }),
    queueDepthUrl: config.queueDepthUrl,
    accountsUrl: config.accountsUrl,
    intervalMs: config.pollIntervalMs,
    onReading: () => controller?.sourcesChanged(),
  });
  controller = startAccountController({
    cluster: createLocalCluster(parts.store),
    sources,
    registrar: createRegistrar(sources),
    readTemplate: createTemplateReader(config.channelEnvFile, {
      root: config.root,
      ...(channelCommand === undefined ? {} : { command: channelCommand }),
    }),
    now: parts.now,
    deletionDeadlineMs: config.deletionDeadlineMs,
    onNote: ({ metadata }, { type, reason, message }) => {
      const { namespace, name } = metadata;
      logger[type === "Warning" ? "warn" : "info"]({ namespace, name, reason }, message);
    },
    onError: parts.onError,
  });
  const running = controller;
  return {
    stop: async () => {
      await sources.stop();
      await running.stop();
    },
  };
};

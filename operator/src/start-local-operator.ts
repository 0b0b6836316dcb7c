import path from "node:path";
import type { Logger } from "pino";
import { collectDefaultMetrics, Registry } from "prom-client";
import { createLocalCluster } from "./cluster/local/local-cluster.ts";
import { createLocalEventRecorder } from "./cluster/local/local-event-recorder.ts";
import { createObjectFiles } from "./cluster/local/object-files.ts";
import { createObjectStore } from "./cluster/local/object-store.ts";
import { startDeploymentController } from "./cluster/local/processes/deployment-controller.ts";
import { createPodRuntime, endOrphans } from "./cluster/local/processes/pod-runtime.ts";
import { defaultRestartPolicy } from "./cluster/local/processes/restart-delay.ts";
import { loadCrds } from "./cluster/local/schema/load-crds.ts";
import type { LocalConfig } from "./environment/local.ts";
import {
  startAllControllers,
  type AllControllers,
  type AllControllersDeps,
} from "./controllers/start-all-controllers.ts";
import { startApiServer } from "./http/api-server.ts";
import { createTemplateReader } from "./read-template.ts";
import { startAccountSources } from "./sources/account-sources.ts";
import { createInternalClient } from "./sources/internal-client.ts";

const orphanGraceMs = 10_000;

export interface OperatorDeps {
  config: LocalConfig;
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
export const startLocalOperator = async (deps: OperatorDeps): Promise<RunningOperator> => {
  const { config, logger } = deps;
  const now = (): Date => new Date();
  const store = createObjectStore({
    files: createObjectFiles(path.join(config.dataFolder, "cluster")),
    schemas: loadCrds(config.crdFolder),
    now,
    onWatcherError: (err) => logger.error({ err }, "a watcher failed"),
  });
  const registry = createMetrics();
  const onError = (key: string, err: unknown): void => {
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
  const cluster = createLocalCluster(store);
  const accounts = await startAccounts(deps, { cluster, registry, now, onError });
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

const createMetrics = (): Registry => {
  const registry = new Registry();
  registry.setDefaultLabels({ service: "operator" });
  collectDefaultMetrics({ register: registry });
  return registry;
};

/** Accounts as processes of this machine: one installation, whatever the namespace. */
const startAccounts = async (
  { config, logger, channelCommand }: OperatorDeps,
  parts: Pick<AllControllersDeps, "cluster" | "registry" | "now" | "onError">,
): Promise<{ stop(): Promise<void> }> => {
  const started: { controllers?: AllControllers } = {};
  const sources = startAccountSources({
    client: createInternalClient({ token: config.internalToken }),
    queueDepthUrl: config.queueDepthUrl,
    accountsUrl: config.accountsUrl,
    intervalMs: config.pollIntervalMs,
    onReading: () => started.controllers?.sourcesChanged(),
  });
  const readTemplate = createTemplateReader(config.channelEnvFile, {
    root: config.root,
    ...(channelCommand === undefined ? {} : { command: channelCommand }),
  });
  const controllers = await startAllControllers({
    ...parts,
    events: createLocalEventRecorder(({ kind, namespace, name }, event, count) => {
      const { type, reason, message } = event;
      const about = { kind, namespace, name, reason, count };
      logger[type === "Warning" ? "warn" : "info"](about, message);
    }),
    sources: { of: () => sources },
    readInstallation: async () => Promise.resolve(readTemplate()),
    deletionDeadlineMs: config.deletionDeadlineMs,
  });
  started.controllers = controllers;
  return {
    stop: async () => {
      await sources.stop();
      await controllers.stop();
    },
  };
};

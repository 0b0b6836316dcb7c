import { pino } from "pino";
import { inheritedEnv, loadOperatorConfig } from "./config.ts";

const stopTimeoutMs = 40_000;

const config = loadOperatorConfig();
const logger = pino({ level: config.logLevel, base: { service: "operator" }, messageKey: "msg" });

let isStopping = false;
let stopOperator = async (): Promise<void> => Promise.resolve();

const shutDown = async (reason: string, exitCode: number): Promise<void> => {
  if (isStopping) {
    // The second signal: the person in front of it does not want to wait.
    if (reason.startsWith("SIG")) process.exit(1);
    return;
  }
  isStopping = true;
  logger.info({ reason }, "the operator stops");
  setTimeout(() => process.exit(1), stopTimeoutMs).unref();
  await stopOperator();
  process.exit(exitCode);
};

const fail = (err: unknown): void => {
  logger.fatal({ err }, "the operator failed");
  shutDown("failure", 1).catch(() => process.exit(1));
};

process.on("SIGTERM", () => void shutDown("SIGTERM", 0).catch(fail));
process.on("SIGINT", () => void shutDown("SIGINT", 0).catch(fail));
process.on("uncaughtException", fail);
process.on("unhandledRejection", fail);

/** Either way is loaded only when it is wanted, and so are traces: their code costs memory. */
const start = async (): Promise<{ port: number; stop(): Promise<void> }> => {
  if (config.cluster === "kubernetes") {
    const { startKubernetesOperator } = await import("./start-kubernetes-operator.ts");
    return startKubernetesOperator({ config, logger, onFailure: fail });
  }
  const { startLocalOperator } = await import("./start-local-operator.ts");
  return startLocalOperator({ config, logger, baseEnv: inheritedEnv() });
};

const { otlpEndpoint } = config;
const traces =
  otlpEndpoint === undefined
    ? undefined
    : (await import("./export-traces.ts")).exportTraces(otlpEndpoint);
const operator = await start();
stopOperator = async () => {
  await operator.stop();
  await traces?.stop();
};
logger.info(
  { cluster: config.cluster, host: config.host, port: operator.port },
  "the operator is up",
);

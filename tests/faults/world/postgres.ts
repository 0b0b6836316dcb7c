import { startPostgres, type RunningPostgres } from "../../../scripts/src/stack/postgres.ts";

export type RestartablePostgres = {
  adminUrl: string;
  /** As `pg_ctl restart -m immediate`: no checkpoint, every connection cut. Resolves when it is up. */
  restartAtOnce(): Promise<void>;
  stop(): Promise<void>;
};

export async function startRestartablePostgres(
  dataDir: string,
  password: string,
): Promise<RestartablePostgres> {
  let running: RunningPostgres = await startPostgres(dataDir, password, 0);
  const port = Number(new URL(running.adminUrl).port);
  return {
    adminUrl: running.adminUrl,
    restartAtOnce: async () => {
      process.kill(running.pid, "SIGQUIT");
      // Too late to be gentler: the server is on its way out, this only waits for it.
      await running.stop();
      running = await startPostgres(dataDir, password, port);
    },
    stop: () => running.stop(),
  };
}

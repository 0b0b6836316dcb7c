import type { Logger } from "pino";
import { makeSleeper } from "./sleeper.ts";

export interface Repeater {
  stop(): Promise<void>;
}

/** Runs `task` again and again with a pause between; a failing run is logged and the next one tries. */
export function startRepeating(options: {
  name: string;
  everyMs: number;
  logger: Logger;
  task: () => Promise<void>;
}): Repeater {
  const sleeper = makeSleeper();
  let stopped = false;
  const loop = async (): Promise<void> => {
    while (!stopped) {
      try {
        await options.task();
      } catch (error) {
        options.logger.error({ err: error, task: options.name }, "periodic task failed");
      }
      await sleeper.sleep(options.everyMs);
    }
  };
  const running = loop();
  return {
    stop: async () => {
      stopped = true;
      sleeper.wake();
      await running;
    },
  };
}

/** A pause that can be cut short. A wake while nobody sleeps cuts the next pause. */
export interface Sleeper {
  sleep(ms: number): Promise<void>;
  wake(): void;
}

export function makeSleeper(): Sleeper {
  let woken = false;
  let end: (() => void) | undefined;
  return {
    sleep: async (ms) => {
      if (!woken) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, ms);
          end = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      end = undefined;
      woken = false;
    },
    wake: () => {
      woken = true;
      end?.();
    },
  };
}

import { setTimeout as delay } from "node:timers/promises";
import type { Connection, PairingBoard } from "./ports.ts";

const pollMs = 1000;

/** `end()` stops watching and says whether the round was cut short. */
export type WishWatch = { end(): Promise<boolean> };

/**
 * Cuts a pairing round short when somebody asks again: who asks for a code in place of the QR would
 * otherwise wait until nobody scanned the last one, minutes later.
 */
export function watchWish(
  board: Pick<PairingBoard, "isAskedAnew">,
  connection: Pick<Connection, "close">,
): WishWatch {
  const over = new AbortController();
  const watch = async (): Promise<boolean> => {
    while (await pause(over.signal)) {
      // A store that is away for a moment says nothing about wishes.
      if (!(await board.isAskedAnew().catch(() => false))) continue;
      if (over.signal.aborted) return false;
      void connection.close();
      return true;
    }
    return false;
  };
  const cut = watch();
  return {
    end: () => {
      over.abort();
      return cut;
    },
  };
}

const pause = (signal: AbortSignal): Promise<boolean> =>
  delay(pollMs, true, { signal }).catch(() => false);

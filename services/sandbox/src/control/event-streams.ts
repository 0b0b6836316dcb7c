import { AppError } from "@rarity/platform/errors";
import type { FastifyReply } from "fastify";
import { bounds } from "../bounded.ts";
import type { World } from "../world.ts";

/** Server-sent events. A reader that cannot keep up is cut off and resumes where it was. */
export type EventStreams = {
  /** Takes the reply over and sends every event after `from`. */
  open(reply: FastifyReply, from: number): void;
  closeAll(): void;
};

const BATCH = 500;
const BUFFER_MAX_BYTES = 4 * 1024 * 1024;
const HEARTBEAT_MS = 15_000;
const RECONNECT_MS = 1000;

export function createEventStreams(world: World): EventStreams {
  const open = new Set<() => void>();
  return {
    open: (reply, from) => {
      if (open.size >= bounds.streams) {
        throw new AppError("UNAVAILABLE", `${bounds.streams} readers are connected already`);
      }
      const close = startStream(world, reply, from, () => open.delete(close));
      open.add(close);
    },
    closeAll: () => {
      for (const close of [...open]) close();
    },
  };
}

function startStream(
  world: World,
  reply: FastifyReply,
  from: number,
  onClose: () => void,
): () => void {
  reply.hijack();
  const { raw } = reply;
  // A reader of a sandbox that was reset to nothing starts over.
  let sent = from > world.events.lastSeq() ? 0 : from;
  const send = (): void => {
    for (;;) {
      const events = world.events.after(sent, BATCH);
      if (events.length === 0) return;
      for (const event of events) raw.write(`id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`);
      sent = events.at(-1)?.seq ?? sent;
      if (raw.writableLength <= BUFFER_MAX_BYTES) continue;
      raw.destroy();
      return;
    }
  };
  raw.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  });
  raw.write(`retry: ${RECONNECT_MS}\n\n`);
  send();
  const stopListening = world.events.onAppend(send);
  const heartbeat = setInterval(() => raw.write(":\n\n"), HEARTBEAT_MS);
  raw.once("close", () => {
    stopListening();
    clearInterval(heartbeat);
    onClose();
  });
  return () => raw.end();
}

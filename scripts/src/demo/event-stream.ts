import { waitUntil } from "../lib/wait-until.ts";

type Envelope = { type: string; seq?: number; at: string; data: Record<string, unknown> };

export type EventStream = {
  /** The first event that fits, among those already seen or still to come. */
  find: (what: string, fits: (event: Envelope) => boolean, timeoutMs?: number) => Promise<Envelope>;
  close: () => void;
};

/** Opens /ws, signs in with the first frame and subscribes to the organization's stream. */
export const openEvents = async (base: string, token: string): Promise<EventStream> => {
  const socket = new WebSocket(`${base.replace(/^http/, "ws")}/ws`);
  const seen: Envelope[] = [];
  let closed: string | undefined;
  socket.addEventListener("message", (message) => {
    const parsed = JSON.parse(String(message.data)) as Envelope | Envelope[];
    seen.push(...(Array.isArray(parsed) ? parsed : [parsed]));
  });
  socket.addEventListener("close", (event) => (closed = `socket closed with ${event.code}`));
  await waitUntil("the WebSocket to open", () => socket.readyState === WebSocket.OPEN, 10_000);
  const send = (type: string, data: unknown): void =>
    socket.send(JSON.stringify({ v: 1, type, id: crypto.randomUUID(), data }));
  const find: EventStream["find"] = (what, fits, timeoutMs = 20_000) =>
    waitUntil(
      what,
      () => {
        const event = seen.find(fits);
        if (event === undefined && closed !== undefined) throw new Error(closed);
        return event;
      },
      timeoutMs,
      5,
    );
  send("auth", { token });
  await find("the WebSocket to accept the token", (event) => event.type === "ready");
  send("subscribe", { streams: ["org"] });
  await find("the subscription", (event) => event.type === "subscribed");
  return { find, close: () => socket.close() };
};

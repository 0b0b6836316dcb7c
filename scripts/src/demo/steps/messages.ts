import { waitUntil } from "../../lib/wait-until.ts";
import type { Demo } from "../context.ts";

type StatusEntry = { status: string; at: string };
type Message = {
  id: string;
  status: string;
  history: StatusEntry[];
  attempts: unknown[];
  waiting: unknown;
};
type Accepted = { id: string; conversationId: string };

export const sendText = (demo: Demo, text: string, accountId: string): Promise<Accepted> =>
  demo.api("POST", "/api/messages/send", {
    headers: { "idempotency-key": crypto.randomUUID() },
    body: {
      to: { identity: { channel: "whatsapp", kind: "phone", value: `+${demo.phones.lead}` } },
      accountId,
      content: { type: "text", text },
      priority: "reply",
    },
  });

/** Waits for a status and answers the whole history. */
export const reach = (demo: Demo, id: string, status: string): Promise<StatusEntry[]> =>
  waitUntil(
    `message ${id} to become ${status}`,
    async () => {
      const message = await demo.api<Message>("GET", `/api/messages/${id}`);
      if (message.history.some((entry) => entry.status === status)) return message.history;
      const { attempts, waiting } = message;
      throw new Error(`it is ${message.status}: ${JSON.stringify({ waiting, attempts })}`);
    },
    20_000,
    10,
  );

const timeline = (history: StatusEntry[]): string => {
  const start = Date.parse(history[0]?.at ?? "");
  return history.map((entry) => `${entry.status} +${Date.parse(entry.at) - start} ms`).join(" -> ");
};

export const firstMessage = async (demo: Demo): Promise<string> => {
  await demo.sandbox("PATCH", `/api/phones/${demo.phones.lead}`, { autoRead: true });
  const accepted = await sendText(demo, "Hello from the demo", demo.state.accountId);
  demo.state.conversationId = accepted.conversationId;
  const history = await reach(demo, accepted.id, "read");
  return timeline(history);
};

export const reply = async (demo: Demo): Promise<string> => {
  const { lead, account } = demo.phones;
  const text = "Yes, tell me more";
  const began = performance.now();
  await demo.sandbox("POST", `/api/phones/${lead}/send`, { to: account, text });
  const event = await demo.events.find("the reply on the WebSocket", (candidate) => {
    return candidate.type === "message_received" && JSON.stringify(candidate.data).includes(text);
  });
  return `message_received seq ${event.seq ?? "?"} after ${Math.round(performance.now() - began)} ms`;
};

const median = (values: number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? Number.NaN;

/** The goal for a warm message: accepted to delivered within 250 ms (median). */
export const warmMessages = async (demo: Demo): Promise<string> => {
  const times: number[] = [];
  for (let n = 1; n <= 10; n += 1) {
    const accepted = await sendText(demo, `Warm message ${n}`, demo.state.accountId);
    const history = await reach(demo, accepted.id, "delivered");
    const delivered = history.find((entry) => entry.status === "delivered");
    times.push(Date.parse(delivered?.at ?? "") - Date.parse(history[0]?.at ?? ""));
  }
  const middle = median(times);
  if (!(middle <= 250)) throw new Error(`median ${middle} ms is over 250 ms (${times.join(", ")})`);
  return `accepted to delivered: median ${middle} ms of ${times.length}, worst ${Math.max(...times)} ms`;
};

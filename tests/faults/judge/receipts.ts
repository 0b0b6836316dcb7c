import type { Evidence, Violation } from "./evidence.ts";

const withServer = ["server_acked", "delivered", "read"];

/** K8: what the other person's phone got, and what was read on it, the message says. */
export function judgeReceipts({ chats, messages }: Evidence): Violation[] {
  const byToken = new Map(messages.map((message) => [message.token, message]));
  return chats.flatMap(({ got, read }) => {
    const wasRead = new Set(read);
    return got.flatMap((token) => {
      const message = byToken.get(token);
      // A cancelled or uncertain one is judged elsewhere.
      if (message === undefined || !withServer.includes(message.status)) return [];
      const wanted = wasRead.has(token) ? "read" : "delivered";
      const isTold = message.status === wanted || message.status === "read";
      if (isTold) return [];
      const what = `${message.id} was ${wanted}, and stayed ${message.status}`;
      return [{ invariant: "receipts", what }];
    });
  });
}

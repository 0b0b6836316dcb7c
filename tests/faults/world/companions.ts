import { fork } from "node:child_process";
import { join } from "node:path";

/** Linked devices that live through the whole run, in a process of their own. */
export type Companions = {
  link(phone: string): Promise<number>;
  /** Answers the message's id once the server took it. */
  send(phone: string, to: string, text: string): Promise<string>;
  stop(): Promise<void>;
};

type Reply = { n: number; result?: { device?: number; id?: string }; error?: string };

export async function startCompanions(
  root: string,
  sandbox: { url: string; wireUrl: string; rootKeyHex: string },
): Promise<Companions> {
  const child = fork(
    join(root, "services/whatsapp/tests/companions/main.ts"),
    [sandbox.url, sandbox.wireUrl, sandbox.rootKeyHex],
    { detached: true },
  );
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const waiting = new Map<number, (reply: Reply) => void>();
  let last = 0;
  child.on("message", (message) => {
    const reply = message as Reply;
    waiting.get(reply.n)?.(reply);
    waiting.delete(reply.n);
  });
  child.once("exit", () => {
    for (const [n, resolve] of waiting) resolve({ n, error: "the companions' process ended" });
  });
  const ready = new Promise<Reply>((resolve) => waiting.set(0, resolve));
  const ask = async (what: object): Promise<NonNullable<Reply["result"]>> => {
    const n = (last += 1);
    const reply = new Promise<Reply>((resolve) => waiting.set(n, resolve));
    child.send({ n, ...what });
    const { result, error } = await reply;
    if (result === undefined) throw new Error(error);
    return result;
  };
  const { error } = await ready;
  if (error !== undefined) throw new Error(error);
  return {
    link: async (phone) => (await ask({ do: "link", phone })).device ?? 0,
    send: async (phone, to, text) => (await ask({ do: "send", phone, to, text })).id ?? "",
    stop: async () => {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}

import { waitUntil } from "../../../scripts/src/lib/wait-until.ts";

type LedgerRow = {
  messageId: string;
  from: string;
  to: string;
  device: number;
  copies: number;
  displayed: number;
  undecryptable: number;
  confirmed: boolean;
  textHash: string | null;
};

type Submission = {
  messageId: string;
  from: string;
  fromDevice: number;
  to: string;
  outcome: string;
  at: string;
};

/** The outside world of the run: phones, and a ledger of what reached them. */
export type Sandbox = {
  url: string;
  wireUrl: string;
  rootKeyHex: string;
  mediaCaPem: string;
  addPhone(phone: string, name: string, business: boolean): Promise<void>;
  scan(phone: string, qr: string): Promise<number>;
  /** The person writes on the phone; answers the message's id. */
  write(phone: string, to: string, text: string): Promise<string>;
  /** From now on the person reads every message at once. */
  readAtOnce(phone: string): Promise<void>;
  chat(phone: string, peer: string): Promise<{ id: string; fromMe: boolean; read: boolean }[]>;
  /** Messages some linked device has not confirmed yet. */
  pending(): Promise<number>;
  /** What the phones could not decrypt, among the newest events. */
  events(): Promise<unknown[]>;
  ledger(): Promise<LedgerRow[]>;
  submissions(): Promise<Submission[]>;
};

type Info = { wireUrl: string; rootKeyHex: string; mediaCaPem: string };

export async function openSandbox(url: string): Promise<Sandbox> {
  const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      signal: AbortSignal.timeout(30_000),
      ...(body === undefined
        ? {}
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const info = await waitUntil("the sandbox", () => call<Info>("GET", "/api/info"));
  const list = async <T>(path: string): Promise<T[]> =>
    (await call<{ data: T[] }>("GET", path)).data;
  return {
    url,
    ...info,
    addPhone: async (phone, name, business) => {
      await call("POST", "/api/phones", { phone, name, business });
    },
    scan: async (phone, qr) =>
      (await call<{ device: number }>("POST", `/api/phones/${phone}/scan`, { qr })).device,
    write: async (phone, to, text) =>
      (await call<{ id: string }>("POST", `/api/phones/${phone}/send`, { to, text })).id,
    readAtOnce: async (phone) => {
      await call("PATCH", `/api/phones/${phone}`, { autoRead: true });
    },
    chat: (phone, peer) => list(`/api/phones/${phone}/chats/${peer}/messages`),
    pending: async () => {
      const rows = await list<LedgerRow>("/api/ledger");
      return rows.filter((row) => row.device !== 0 && !row.confirmed).length;
    },
    events: async () => {
      const found: { seq: number; type: string }[] = [];
      for (let after = 0; ;) {
        const page = await list<{ seq: number; type: string }>(`/api/events?after=${after}`);
        found.push(...page.filter(({ type }) => type === "undecryptable"));
        const last = page.at(-1)?.seq;
        if (last === undefined) return found;
        after = last;
      }
    },
    ledger: () => list("/api/ledger"),
    submissions: () => list("/api/ledger/submissions"),
  };
}

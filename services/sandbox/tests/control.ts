import { pino } from "pino";
import { startSandbox, type Sandbox, type SandboxSettings } from "../src/sandbox.ts";
import { connectClient, newAuth, type TestAuth, type TestClient } from "./client.ts";

export const SALES = "15550001001";
export const LEAD = "15550009001";

export type Answer = { status: number; body: unknown };

export const startTestSandbox = (more: Partial<SandboxSettings> = {}): Promise<Sandbox> =>
  startSandbox({
    host: "127.0.0.1",
    publicHost: "127.0.0.1",
    port: 0,
    wirePort: 0,
    mediaPort: 0,
    logger: pino({ level: "error" }),
    ...more,
  });

/** One request to the control API, whatever it answers. */
export async function request(
  sandbox: Sandbox,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const init: RequestInit = { method };
  if (body !== undefined) {
    init.headers = { "content-type": "application/json" };
    init.body = JSON.stringify(body);
  }
  const response = await fetch(sandbox.url + path, init);
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}

/** A request that has to succeed. */
export async function call<T>(
  sandbox: Sandbox,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const answer = await request(sandbox, method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer.body as T;
}

export const addPhone = (sandbox: Sandbox, phone: string, name: string): Promise<unknown> =>
  call(sandbox, "POST", "/api/phones", { phone, name, business: phone === SALES });

export type LedgerAnswer = {
  data: { messageId: string; device: number; copies: number; displayed: number }[];
};

export type ChatAnswer = {
  data: {
    id: string;
    kind: string;
    text?: string;
    status?: string;
    read: boolean;
    quotedId?: string;
    reaction?: { emoji: string; targetId: string };
    media?: { mimetype: string; fileName?: string; size: number };
  }[];
};

export const chat = (sandbox: Sandbox, phone: string, peer: string): Promise<ChatAnswer> =>
  call(sandbox, "GET", `/api/phones/${phone}/chats/${peer}/messages`);

/** Links a new companion to a phone by QR and logs it in. */
export async function linkClient(
  sandbox: Sandbox,
  phone = SALES,
  auth: TestAuth = newAuth(),
): Promise<{ auth: TestAuth; client: TestClient }> {
  const first = connectClient(auth, sandbox);
  await call(sandbox, "POST", `/api/phones/${phone}/scan`, { qr: await first.qr });
  await first.closed;
  const client = connectClient(auth, sandbox);
  await client.opened;
  return { auth, client };
}

export const jid = (phone: string): string => `${phone}@s.whatsapp.net`;

import { fastify } from "fastify";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { applyNow, isImmediate } from "../faults/apply-now.ts";
import { faultInput } from "../faults/fault-kinds.ts";
import type { Account } from "../model.ts";
import { createPhone, PhoneExists } from "../phone/create-phone.ts";
import { enterCode } from "../phone/enter-code.ts";
import { receiveStanza } from "../phone/receive.ts";
import { scanQr } from "../phone/scan-qr.ts";
import { sendMessage } from "../phone/send-message.ts";
import { jidOf } from "../wire/addresses.ts";
import { unlinkDevice } from "../wire/devices.ts";
import { node, nowSeconds } from "../wire/node.ts";
import { routeReceipt } from "../wire/receipts.ts";
import type { World } from "../world.ts";

export type ControlInfo = {
  wireUrl: string;
  rootKeyHex: string;
  mediaCaPem: string;
  mediaHost: string;
};

class HttpProblem extends Error {
  readonly statusCode: number;
  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

const number = z.string().regex(/^\d{3,20}$/);
const newPhone = z.strictObject({
  phone: number,
  name: z.string().min(1).max(100),
  business: z.boolean().default(false),
  lid: number.optional(),
});
const settings = z.strictObject({
  online: z.boolean().optional(),
  autoRead: z.boolean().optional(),
  autoReply: z
    .strictObject({ text: z.string().min(1).max(4096) })
    .nullable()
    .optional(),
  deliveryReceipts: z.boolean().optional(),
  addressing: z.enum(["pn", "lid"]).optional(),
});
const text = z.strictObject({ to: number, text: z.string().min(1).max(4096) });

/** The HTTP control API. */
export async function startControl(
  world: World,
  info: ControlInfo,
  listen: { host: string; port: number },
): Promise<{ port: number; close(): Promise<void> }> {
  const app = fastify({ logger: false, forceCloseConnections: true, bodyLimit: 32 * 1024 * 1024 });
  app.setErrorHandler((error, _request, reply) => {
    const known = error instanceof HttpProblem ? error.statusCode : undefined;
    const invalid = error instanceof z.ZodError ? 400 : undefined;
    const conflict = error instanceof PhoneExists ? 409 : undefined;
    const message = error instanceof Error ? error.message : "unknown error";
    return reply.code(known ?? invalid ?? conflict ?? 422).send({ error: { message } });
  });
  const phoneOf = (request: { params: unknown }): Account => {
    const { phone } = request.params as { phone: string };
    const account = world.accounts.get(phone);
    if (account === undefined) throw new HttpProblem(404, `no phone ${phone}`);
    return account;
  };
  app.get("/api/info", () => info);
  app.get("/livez", () => ({ ok: true }));
  app.get("/readyz", () => ({ ok: true }));
  app.get("/api/phones", () => ({ data: [...world.accounts.values()].map(showPhone) }));
  app.post("/api/phones", async (request, reply) => {
    const account = await createPhone(world, newPhone.parse(request.body));
    return reply.code(201).send(showPhone(account));
  });
  app.get("/api/phones/:phone", (request) => showPhone(phoneOf(request)));
  app.post("/api/phones/:phone/scan", async (request) => {
    const { qr } = z.strictObject({ qr: z.string().max(4096) }).parse(request.body);
    return { device: await scanQr(world, phoneOf(request), qr) };
  });
  app.post("/api/phones/:phone/enter-code", async (request) => {
    const { code } = z.strictObject({ code: z.string().max(20) }).parse(request.body);
    return { device: await enterCode(world, phoneOf(request), code) };
  });
  app.post("/api/phones/:phone/send", async (request) => {
    const body = text.parse(request.body);
    const to = world.accounts.get(body.to);
    if (to === undefined) throw new HttpProblem(404, `no phone ${body.to}`);
    const content = { message: { conversation: body.text }, type: "text" };
    return { id: await sendMessage(world, phoneOf(request), to, content) };
  });
  app.post("/api/phones/:phone/read", (request) => {
    const { chat } = z.strictObject({ chat: number }).parse(request.body);
    return { read: readChat(world, phoneOf(request), chat) };
  });
  app.patch("/api/phones/:phone", async (request) => {
    const account = phoneOf(request);
    const given = settings.parse(request.body);
    Object.assign(account.phone.settings, given);
    if (account.phone.settings.online) {
      for (const stanza of account.phone.inbox.splice(0)) {
        await receiveStanza(world, account, stanza);
      }
    }
    return showPhone(account);
  });
  app.post("/api/phones/:phone/unlink", (request) => {
    const { device } = z.strictObject({ device: z.int().min(1) }).parse(request.body);
    return { unlinked: unlinkDevice(world, phoneOf(request), device) };
  });
  app.get("/api/phones/:phone/chats/:peer/messages", (request) => {
    const { peer } = request.params as { peer: string };
    const chat = phoneOf(request).phone.chats.get(peer) ?? [];
    return { data: chat.map(({ raw, ...message }) => ({ ...message, bytes: raw.length })) };
  });
  app.post("/api/faults", (request, reply) => {
    const input = faultInput.parse(request.body);
    if (isImmediate(input)) return { applied: applyNow(world, input) };
    return reply.code(201).send(world.faults.add(input));
  });
  app.get("/api/faults", () => ({ data: world.faults.list() }));
  app.delete("/api/faults", (_request, reply) => {
    world.faults.clear();
    return reply.code(204).send();
  });
  const ledgerQuery = z.object({ phone: number.optional(), from: number.optional() });
  app.get("/api/ledger", (request) => ({
    data: world.ledger.rows(ledgerQuery.parse(request.query)),
  }));
  app.get("/api/ledger/submissions", (request) => ({
    data: world.ledger.submissions(ledgerQuery.parse(request.query)),
  }));
  app.get("/api/events", (request) => {
    const after = z.coerce.number().int().min(0).default(0);
    const query = z.object({ after }).parse(request.query);
    return { data: world.events.after(query.after, 500) };
  });
  await app.listen(listen);
  const { port } = app.server.address() as AddressInfo;
  return { port, close: () => app.close() };
}

/** The person opens a chat: everything unread in it becomes read. */
function readChat(world: World, account: Account, peer: string): number {
  const other = world.accounts.get(peer);
  const unread = (account.phone.chats.get(peer) ?? []).filter((m) => !m.fromMe && !m.read);
  for (const message of unread) {
    message.read = true;
    if (other === undefined) continue;
    const to = jidOf(other, account.phone.settings.addressing);
    const attrs = { id: message.id, to, type: "read", t: nowSeconds() };
    routeReceipt(world, account, 0, node("receipt", attrs));
  }
  world.changed();
  return unread.length;
}

const showPhone = (account: Account): Record<string, unknown> => ({
  phone: account.pn,
  lid: account.lid,
  name: account.name,
  business: account.business,
  settings: account.phone.settings,
  devices: [...account.devices.values()].map((device) => ({
    id: device.id,
    connected: device.conn !== undefined,
    pending: device.pending.size,
  })),
  chats: [...account.phone.chats.keys()],
});

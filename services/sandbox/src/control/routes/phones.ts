import { z } from "zod";
import type { Account } from "../../model.ts";
import { createPhone } from "../../phone/create-phone.ts";
import { setOnline } from "../../phone/set-online.ts";
import { findPhone } from "../find-phone.ts";
import { controlRoute, phoneNumber, phoneParams } from "../route.ts";

const newPhone = z.strictObject({
  phone: phoneNumber,
  name: z.string().min(1).max(100),
  business: z.boolean().default(false),
  lid: phoneNumber.optional(),
});

const phoneSettings = z.strictObject({
  online: z.boolean().optional(),
  autoRead: z.boolean().optional(),
  autoReply: z
    .strictObject({ text: z.string().min(1).max(4096) })
    .nullable()
    .optional(),
  deliveryReceipts: z.boolean().optional(),
  addressing: z.enum(["pn", "lid"]).optional(),
});

export const phoneRoutes = [
  controlRoute({
    method: "GET",
    path: "/api/phones",
    summary: "All phones",
    handler: ({ world }) => ({ data: [...world.accounts.values()].map(showPhone) }),
  }),
  controlRoute({
    method: "POST",
    path: "/api/phones",
    summary: "Switch a new phone on",
    status: 201,
    body: newPhone,
    handler: async ({ world, body }) => showPhone(await createPhone(world, body)),
  }),
  controlRoute({
    method: "GET",
    path: "/api/phones/:phone",
    summary: "One phone",
    params: phoneParams,
    handler: ({ world, params }) => showPhone(findPhone(world, params.phone)),
  }),
  controlRoute({
    method: "PATCH",
    path: "/api/phones/:phone",
    summary: "Change how a phone behaves",
    params: phoneParams,
    body: phoneSettings,
    handler: async ({ world, params, body }) => {
      const account = findPhone(world, params.phone);
      const { online, ...others } = body;
      Object.assign(account.phone.settings, others);
      if (online !== undefined) await setOnline(world, account, online);
      world.changed();
      return showPhone(account);
    },
  }),
];

const showPhone = (account: Account): Record<string, unknown> => ({
  phone: account.pn,
  lid: account.lid,
  name: account.name,
  business: account.business,
  settings: account.phone.settings,
  waiting: account.phone.inbox.length,
  devices: [...account.devices.values()].map((device) => ({
    id: device.id,
    connected: device.id === 0 ? account.phone.settings.online : device.conn?.active === true,
    pending: device.pending.size,
  })),
  chats: [...account.phone.chats.keys()],
});

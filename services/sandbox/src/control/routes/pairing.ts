import { AppError } from "@rarity/platform/errors";
import { z } from "zod";
import { enterCode } from "../../phone/enter-code.ts";
import { scanQr } from "../../phone/scan-qr.ts";
import { unlinkDevice } from "../../wire/devices.ts";
import { asConflict } from "../errors.ts";
import { findPhone } from "../find-phone.ts";
import { controlRoute, phoneParams } from "../route.ts";

export const pairingRoutes = [
  controlRoute({
    method: "POST",
    path: "/api/phones/:phone/scan",
    summary: "Point the phone's camera at a QR (its text)",
    params: phoneParams,
    body: z.strictObject({ qr: z.string().min(1).max(4096) }),
    handler: async ({ world, params, body }) => {
      const account = findPhone(world, params.phone);
      return { device: await asConflict(scanQr(world, account, body.qr)) };
    },
  }),
  controlRoute({
    method: "POST",
    path: "/api/phones/:phone/enter-code",
    summary: "Type the pairing code a client shows",
    params: phoneParams,
    body: z.strictObject({ code: z.string().min(8).max(20) }),
    handler: async ({ world, params, body }) => {
      const account = findPhone(world, params.phone);
      return { device: await asConflict(enterCode(world, account, body.code)) };
    },
  }),
  controlRoute({
    method: "POST",
    path: "/api/phones/:phone/unlink",
    summary: "Remove a linked device",
    params: phoneParams,
    body: z.strictObject({ device: z.int().min(1) }),
    handler: ({ world, params, body }) => {
      const account = findPhone(world, params.phone);
      if (unlinkDevice(world, account, body.device)) return { unlinked: true };
      throw new AppError("NOT_FOUND", `there is no linked device ${body.device}`);
    },
  }),
];

import { AppError } from "@rarity/platform/errors";
import { handle, type Registration } from "@rarity/platform/http";
import { enterCodeRoute, scanQrRoute, unlinkRoute } from "../../api/pairing.ts";
import { enterCode } from "../../phone/enter-code.ts";
import { scanQr } from "../../phone/scan-qr.ts";
import { unlinkDevice } from "../../wire/devices.ts";
import type { World } from "../../world.ts";
import { answer, findPhone } from "../answer.ts";

export const pairingRoutes = (world: World): Registration[] => [
  handle(scanQrRoute, ({ params, body }) =>
    answer(async () => ({
      device: await scanQr(world, findPhone(world, params.phone), body.qr),
    })),
  ),
  handle(enterCodeRoute, ({ params, body }) =>
    answer(async () => ({
      device: await enterCode(world, findPhone(world, params.phone), body.code),
    })),
  ),
  handle(unlinkRoute, ({ params, body }) =>
    answer(() => {
      const account = findPhone(world, params.phone);
      if (unlinkDevice(world, account, body.device)) return { unlinked: true as const };
      throw new AppError("NOT_FOUND", `there is no linked device ${body.device}`);
    }),
  ),
];

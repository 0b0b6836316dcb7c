import { handle, type Registration } from "@rarity/platform/http";
import {
  changePhoneRoute,
  createPhoneRoute,
  getPhoneRoute,
  listPhonesRoute,
  removePhoneRoute,
} from "../../api/phones.ts";
import { changePhone } from "../../phone/change-phone.ts";
import { createPhone } from "../../phone/create-phone.ts";
import { removePhone } from "../../phone/remove-phone.ts";
import { viewPhone } from "../../phone/view-phone.ts";
import type { World } from "../../world.ts";
import { answer, findPhone } from "../answer.ts";

export const phoneRoutes = (world: World): Registration[] => [
  handle(listPhonesRoute, () =>
    Promise.resolve({
      data: [...world.accounts.values()].map((account) => viewPhone(world, account)),
    }),
  ),
  handle(createPhoneRoute, ({ body }) =>
    answer(async () => viewPhone(world, await createPhone(world, body))),
  ),
  handle(getPhoneRoute, ({ params }) =>
    answer(() => viewPhone(world, findPhone(world, params.phone))),
  ),
  handle(changePhoneRoute, ({ params, body }) =>
    answer(async () => {
      const account = findPhone(world, params.phone);
      await changePhone(world, account, body);
      return viewPhone(world, account);
    }),
  ),
  handle(removePhoneRoute, ({ params }) =>
    answer(() => removePhone(world, findPhone(world, params.phone))),
  ),
];

import { AppError } from "@rarity/platform/errors";
import type { Account } from "../model.ts";
import type { World } from "../world.ts";

export function findPhone(world: World, number: string): Account {
  const account = world.accounts.get(number);
  if (account === undefined) throw new AppError("NOT_FOUND", `there is no phone ${number}`);
  return account;
}

import { AppError } from "@rarity/platform/errors";
import { TooManyFaults } from "../faults/faults.ts";
import type { Account } from "../model.ts";
import { UnknownMessage } from "../phone/compose-message.ts";
import { PhoneExists, TooManyPhones } from "../phone/create-phone.ts";
import { PairingRefused } from "../wire/link-companion.ts";
import type { World } from "../world.ts";

const conflicts = [PhoneExists, TooManyPhones, TooManyFaults, PairingRefused];

/** Runs what a route asks for; what the sandbox refuses becomes an error the caller may see. */
export async function answer<T>(task: () => T | Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (error) {
    if (error instanceof UnknownMessage) throw new AppError("NOT_FOUND", error.message);
    if (error instanceof Error && conflicts.some((kind) => error instanceof kind)) {
      throw new AppError("CONFLICT", error.message, { cause: error });
    }
    throw error;
  }
}

export function findPhone(world: World, number: string): Account {
  const account = world.accounts.get(number);
  if (account === undefined) throw new AppError("NOT_FOUND", `there is no phone ${number}`);
  return account;
}

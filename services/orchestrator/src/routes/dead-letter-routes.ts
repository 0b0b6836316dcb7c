import {
  discardDeadLetterRoute,
  getDeadLetterRoute,
  listDeadLettersRoute,
  retryDeadLetterRoute,
  type DeadLetter,
  type DeadLetterDetail,
} from "@rarity/contracts/dead-letters";
import { AppError } from "@rarity/platform/errors";
import { handle, type Registration } from "@rarity/platform/http";
import type { z } from "zod";
import type { PageResult } from "../domain/cursor.ts";
import type { MessageCommands } from "../usecases/message-commands.ts";
import { callerOf } from "./caller-of.ts";
import { onePlace } from "./one-place.ts";

export interface DeadLetterRouteDeps {
  readonly commands: MessageCommands;
  readonly list: (
    orgId: string,
    query: z.output<typeof listDeadLettersRoute.query>,
  ) => Promise<PageResult<DeadLetter>>;
  readonly read: (orgId: string, id: string) => Promise<DeadLetterDetail | undefined>;
}

export function deadLetterRoutes(deps: DeadLetterRouteDeps): Registration[] {
  return [
    handle(listDeadLettersRoute, ({ auth, query }) =>
      deps.list(callerOf(auth).orgId, onePlace(query)),
    ),
    handle(getDeadLetterRoute, async ({ auth, params }) => {
      const letter = await deps.read(callerOf(auth).orgId, params.id);
      if (letter === undefined) throw new AppError("NOT_FOUND", "There is no such dead letter");
      return letter;
    }),
    handle(retryDeadLetterRoute, ({ auth, params }) =>
      deps.commands.retryDeadLetter(callerOf(auth), params.id),
    ),
    handle(discardDeadLetterRoute, ({ auth, params }) =>
      deps.commands.discardDeadLetter(callerOf(auth), params.id),
    ),
  ];
}

import type { Account } from "@rarity/contracts/accounts";
import type { Page } from "@rarity/contracts/pagination";
import { AppError } from "@rarity/platform/errors";
import { z } from "zod";
import { describeAccount } from "../domain/describe-account.ts";
import { listResources } from "./find-account.ts";
import type { AccountsDeps, ListQuery } from "./ports.ts";

/** Newest first, by cursor. */
export const listAccounts = async (
  deps: AccountsDeps,
  orgId: string,
  query: ListQuery,
): Promise<Page<Account>> => {
  if (query.after !== undefined && query.before !== undefined) throw badCursor();
  const [found, resources] = await Promise.all([
    deps.store.list(orgId, {
      ...query,
      after: readCursor(query.after),
      before: readCursor(query.before),
    }),
    listResources(deps),
  ]);
  const isBackward = query.before !== undefined;
  const hasMore = found.length > query.limit;
  const rows = found.slice(0, query.limit);
  if (isBackward) rows.reverse();
  const [first, last] = [rows.at(0), rows.at(-1)];
  const hasNext = isBackward ? last !== undefined : hasMore;
  const hasPrevious = isBackward ? hasMore : query.after !== undefined;
  return {
    data: rows.map((row) => describeAccount(row, resources.get(row.id))),
    page: {
      next: hasNext && last !== undefined ? writeCursor(last.id) : null,
      prev: hasPrevious && first !== undefined ? writeCursor(first.id) : null,
      hasMore,
    },
  };
};

const badCursor = (): AppError => new AppError("VALIDATION_FAILED", "The cursor is not valid");

const writeCursor = (id: string): string => Buffer.from(id).toString("base64url");

const readCursor = (cursor: string | undefined): string | undefined => {
  if (cursor === undefined) return undefined;
  const id = z.uuid().safeParse(Buffer.from(cursor, "base64url").toString("utf8"));
  if (!id.success) throw badCursor();
  return id.data;
};

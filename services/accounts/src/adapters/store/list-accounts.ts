import type { Tx } from "@rarity/platform/postgres";
import type { AccountRow, ListQuery } from "../../usecases/ports.ts";
import { accountColumns, toAccountRow } from "./account-rows.ts";

/** One row more than asked for tells whether there is more. Newest first. */
export const listAccounts = async (tx: Tx, query: ListQuery): Promise<AccountRow[]> => {
  const isBackward = query.before !== undefined;
  const { rows } = await tx.query(
    `select ${accountColumns} from channels.account
     where deleted_at is null
       and ($1::text is null or channel = $1) and ($2::text is null or state = $2)
       and ($3::uuid is null or id < $3) and ($4::uuid is null or id > $4)
     order by id ${isBackward ? "asc" : "desc"} limit $5`,
    [
      query.channel ?? null,
      query.state ?? null,
      query.after ?? null,
      query.before ?? null,
      query.limit + 1,
    ],
  );
  return rows.map(toAccountRow);
};

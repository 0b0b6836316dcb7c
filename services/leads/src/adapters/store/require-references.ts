import { AppError } from "@rarity/platform/errors";
import type { Tx } from "@rarity/platform/postgres";

/** What other services own has no foreign key here; a name that means nothing is refused all the same. */
export async function requireOwner(tx: Tx, ownerId: string | null | undefined): Promise<void> {
  if (ownerId === null || ownerId === undefined) return;
  const { rows } = await tx.query<{ known: boolean }>("select tenancy.is_member($1) as known", [
    ownerId,
  ]);
  if (rows[0]?.known !== true) throw absent("ownerId", "There is no such member");
}

export async function requireAccounts(tx: Tx, ids: readonly (string | null)[]): Promise<void> {
  const wanted = [...new Set(ids.filter((id) => id !== null))];
  if (wanted.length === 0) return;
  const { rows } = await tx.query<{ known: boolean }>(
    "select channels.accounts_exist($1) as known",
    [wanted],
  );
  if (rows[0]?.known !== true) throw absent("scopeAccountId", "There is no such sending account");
}

function absent(field: string, message: string): AppError {
  return new AppError("NOT_FOUND", message, { details: { field } });
}

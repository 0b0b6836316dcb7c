import { AppError } from "@rarity/platform/errors";
import { withTenant, type Pool, type TenantSealer, type Tx } from "@rarity/platform/postgres";

export interface Database {
  readonly pool: Pool;
  readonly sealer: TenantSealer;
}

const uniqueViolation = "23505";
const foreignKeyViolation = "23503";
/** What JSON can spell and Postgres cannot hold: NUL characters, and times such as those of year 0. */
const unstorable = new Set(["22021", "22P05", "22008"]);

export async function inTenant<T>(
  { pool, sealer }: Database,
  orgId: string,
  fn: (tx: Tx) => Promise<T>,
): Promise<T> {
  try {
    return await withTenant(pool, { sealer, orgId }, fn);
  } catch (error) {
    if (!unstorable.has(sqlStateOf(error))) throw error;
    throw new AppError("VALIDATION_FAILED", "A NUL character or an impossible time", {
      cause: error,
    });
  }
}

/** Answers `answer` where the database refused a second row with the same key. */
export function orIfTaken<const A>(error: unknown, answer: A): A {
  if (sqlStateOf(error) === uniqueViolation) return answer;
  throw error;
}

/** Answers `answer` where the database refused a reference to a row that is not there. */
export function orIfUnreferenced<const A>(error: unknown, answer: A): A {
  if (sqlStateOf(error) === foreignKeyViolation) return answer;
  throw error;
}

export function onlyRow<T>(rows: readonly T[]): T {
  const [row] = rows;
  if (row === undefined) throw new Error("a written row was not answered");
  return row;
}

function sqlStateOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "";
}

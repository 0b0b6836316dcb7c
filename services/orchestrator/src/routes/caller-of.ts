import type { AuthContext } from "@rarity/platform/auth";
import { AppError } from "@rarity/platform/errors";
import type { Caller } from "../usecases/ports.ts";

/** Who asks, for which organization. The guard has already refused callers without one. */
export function callerOf(auth: Pick<AuthContext, "orgId" | "userId">): Caller {
  if (!auth.orgId) throw new AppError("FORBIDDEN", "Choose an organization first");
  return { orgId: auth.orgId, userId: auth.userId };
}

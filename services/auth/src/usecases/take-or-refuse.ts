import { AppError } from "@rarity/platform/errors";
import type { RateLimit } from "../domain/rate-limiter.ts";
import type { AuthDeps } from "./ports.ts";

export function takeOrRefuse(
  { limiter }: Pick<AuthDeps, "limiter">,
  key: string,
  limit: RateLimit,
): void {
  const { allowed, retryAfterS } = limiter.take(key, limit);
  if (!allowed) throw new AppError("API_RATE_LIMITED", "Too many attempts", { retryAfterS });
}

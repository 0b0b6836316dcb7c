import { AppError } from "@rarity/platform/errors";
import { MediaNotFoundError, MediaStorageError, MediaTooLargeError } from "@rarity/platform/media";

/** What the caller may know about a store that failed; the cause is for the log. */
export function toMediaError(error: unknown): unknown {
  if (error instanceof MediaTooLargeError) {
    const { maxBytes } = error;
    const message = `A file of this type may have ${maxBytes} bytes at most`;
    return new AppError("PAYLOAD_TOO_LARGE", message, { details: { maxBytes } });
  }
  if (error instanceof MediaNotFoundError) {
    return new AppError("NOT_FOUND", "The bytes of this media are gone", { cause: error });
  }
  if (error instanceof MediaStorageError && error.retryable) {
    const message = "The media store cannot be reached";
    return new AppError("UNAVAILABLE", message, { retryAfterS: 5, cause: error });
  }
  return error;
}

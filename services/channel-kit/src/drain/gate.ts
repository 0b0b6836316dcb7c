/** Spare time kept between the end of a write and the end of the lease. */
const gateMarginMs = 1000;

/**
 * K4: bytes may leave only while the lease outlives the write. Everything is monotonic local time;
 * the database clock decided the lease, this decides whether we still dare to use it.
 */
export function gateIsOpen(
  remainingMs: number,
  writeWindowMs: number,
  marginMs = gateMarginMs,
): boolean {
  return remainingMs >= writeWindowMs + marginMs;
}

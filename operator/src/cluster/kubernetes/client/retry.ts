export interface Attempt {
  /** Counted from 1. */
  number: number;
  method: string;
  /** Undefined: the connection failed. */
  status: number | undefined;
  retryAfter: string | undefined;
  /** From 0 up to 1. */
  random: number;
}

export const attemptsMax = 5;
const baseMs = 100;
const backoffMaxMs = 5_000;
/** A server that wants us to wait longer than this is treated as away. */
export const retryAfterMaxMs = 30_000;

/**
 * How long to wait before a request is sent again; undefined when its failure is the answer. Every
 * request of ours may be repeated: writes are applies, patches with a version, or deletions.
 */
export const retryDelayMs = (attempt: Attempt): number | undefined => {
  // The token may have been rotated since it was read.
  if (attempt.status === 401 && attempt.number === 1) return 0;
  if (attempt.number >= attemptsMax || !isWorthAgain(attempt)) return undefined;
  const backoffMs = Math.min(backoffMaxMs, baseMs * 2 ** (attempt.number - 1));
  const askedMs = parseRetryAfter(attempt.retryAfter);
  if (askedMs === undefined) return backoffMs * (0.5 + attempt.random / 2);
  // Spread out: everybody else was told the same.
  return askedMs > retryAfterMaxMs ? undefined : askedMs + backoffMs * attempt.random;
};

const isWorthAgain = ({ status, method, retryAfter }: Attempt): boolean => {
  if (status === undefined) return true;
  // An error of the server's own is for good, unless it says when to come back.
  if (status === 500) return method === "GET" || retryAfter !== undefined;
  return [429, 502, 503, 504].includes(status);
};

const parseRetryAfter = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
};

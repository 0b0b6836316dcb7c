import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from "node:crypto";
import { promisify } from "node:util";
import { AppError } from "@rarity/platform/errors";
import type { Passwords } from "../../usecases/ports.ts";

/** OWASP's first recommendation for argon2id: 19 MiB, two passes, one lane. */
const current = { memoryKib: 19_456, passes: 2, parallelism: 1 };
const saltBytes = 16;
const hashBytes = 32;

export interface Argon2Options {
  /** Each hash takes 19 MiB and a thread of the pool for about 50 ms. */
  readonly concurrencyMax: number;
  readonly waitingMax: number;
}

const derive = promisify(argon2);

/** Password hashes as PHC strings, so that the parameters can be raised without a migration. */
export async function createArgon2Passwords(options: Argon2Options): Promise<Passwords> {
  const limit = createLimiter(options);
  const hash = async (password: string): Promise<string> => {
    const salt = randomBytes(saltBytes);
    return encode(salt, await limit(() => derive("argon2id", parameters(password, salt, current))));
  };
  // Compared with when there is no such user, so that both answers take the same work.
  const decoy = await hash(randomBytes(32).toString("hex"));

  return {
    hash,
    async verify(password, stored) {
      const { salt, expected, cost } = decode(stored ?? decoy);
      const actual = await limit(() => derive("argon2id", parameters(password, salt, cost)));
      const equal = actual.length === expected.length && timingSafeEqual(actual, expected);
      return equal && stored !== undefined;
    },
    needsRehash(stored) {
      const { cost } = decode(stored);
      return cost.memoryKib < current.memoryKib || cost.passes < current.passes;
    },
  };
}

type Cost = typeof current;

/** NFKC, so that one password typed on two keyboards is one password. */
function parameters(password: string, salt: Buffer, cost: Cost): Argon2Parameters {
  return {
    message: Buffer.from(password.normalize("NFKC"), "utf8"),
    nonce: salt,
    memory: cost.memoryKib,
    passes: cost.passes,
    parallelism: cost.parallelism,
    tagLength: hashBytes,
  };
}

function encode(salt: Buffer, hash: Buffer): string {
  const cost = `m=${current.memoryKib},t=${current.passes},p=${current.parallelism}`;
  return `$argon2id$v=19$${cost}$${base64(salt)}$${base64(hash)}`;
}

function decode(stored: string): { salt: Buffer; expected: Buffer; cost: Cost } {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(stored);
  if (!match) throw new Error("a stored password hash is not in the expected form");
  const [, memory, passes, parallelism, salt = "", hash = ""] = match;
  return {
    salt: Buffer.from(salt, "base64"),
    expected: Buffer.from(hash, "base64"),
    cost: {
      memoryKib: Number(memory),
      passes: Number(passes),
      parallelism: Number(parallelism),
    },
  };
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}

/** A crowd at the sign-in waits its turn instead of taking all memory; too large a crowd is refused. */
function createLimiter({ concurrencyMax, waitingMax }: Argon2Options) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(task: () => Promise<T>): Promise<T> => {
    if (running >= concurrencyMax) {
      if (waiting.length >= waitingMax) {
        throw new AppError("UNAVAILABLE", "Too many sign-ins at once", { retryAfterS: 1 });
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

import { z } from "zod";

/** EX_CONFIG of sysexits: a supervisor can tell a bad setting from a crash. */
export const configExitCode = 78;

export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((line) => `  - ${line}`).join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}

type Env = Record<string, string | undefined>;

/** Parses the environment and reports every problem at once, never a value. */
export function parseConfig<S extends z.ZodObject>(schema: S, environment: Env): z.output<S> {
  const given = Object.entries(environment).filter(
    ([, value]) => value !== undefined && value !== "",
  );
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  throw new ConfigError(
    parsed.error.issues.map((issue) => {
      const name = String(issue.path[0] ?? "environment");
      return given.some(([key]) => key === name)
        ? `${name}: ${issue.message}`
        : `${name}: is required`;
    }),
  );
}

/** For `config.ts` of a process: prints the problems and exits 78. */
export function loadConfig<S extends z.ZodObject>(schema: S, environment: Env): z.output<S> {
  try {
    return parseConfig(schema, environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(configExitCode);
  }
}

function int(
  min = Number.MIN_SAFE_INTEGER,
  max = Number.MAX_SAFE_INTEGER,
): z.ZodPipe<z.ZodString, z.ZodCoercedNumber<string>> {
  return z
    .string()
    .regex(/^-?\d+$/, "must be a whole number")
    .pipe(z.coerce.number<string>().int().min(min).max(max));
}

/** Schemas for values that arrive as text. Add `.default(...)` or `.optional()` as usual. */
export const env = {
  int,
  port: (): ReturnType<typeof int> => int(0, 65_535),
  /** How long a service goes on serving once it is told to stop; behind a load balancer a few seconds. */
  drainMs: (): z.ZodOptional<ReturnType<typeof int>> => int(0, 60_000).optional(),
  url: (...protocols: string[]): z.ZodString =>
    z.string().refine((value) => isUrl(value, protocols), {
      message: protocols.length > 0 ? `must be a ${protocols.join(" or ")} URL` : "must be a URL",
    }),
  bool: (): z.ZodCodec<z.ZodString, z.ZodBoolean> =>
    z.stringbool({ truthy: ["true", "1", "yes", "on"], falsy: ["false", "0", "no", "off"] }),
  secret: (minLength = 1): z.ZodString =>
    z.string().min(minLength, `must have at least ${minLength} characters`),
  hexKey: (bytes = 32): z.ZodString =>
    z.string().regex(new RegExp(`^[0-9a-fA-F]{${bytes * 2}}$`), `must be ${bytes} bytes in hex`),
  list: (): z.ZodPipe<z.ZodString, z.ZodTransform<string[], string>> =>
    z.string().transform((value) =>
      value
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== ""),
    ),
  logLevel: (): z.ZodDefault<
    z.ZodEnum<
      Record<
        "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent",
        "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent"
      >
    >
  > =>
    z
      .enum({
        trace: "trace",
        debug: "debug",
        info: "info",
        warn: "warn",
        error: "error",
        fatal: "fatal",
        silent: "silent",
      } as const)
      .default("info"),
};

function isUrl(value: string, protocols: readonly string[]): boolean {
  if (!URL.canParse(value)) return false;
  return protocols.length === 0 || protocols.includes(new URL(value).protocol.replace(":", ""));
}

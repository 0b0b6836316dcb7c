import { ConfigError, parseConfig } from "@rarity/platform/config";
import { parsePodConfig } from "@rarity/channel-kit";
import type { PodConfig } from "@rarity/channel-kit";
import { z } from "zod";
import { parseMasterKeys } from "./domain/data-key.ts";
import { parseProxyUrl } from "./domain/proxy-url.ts";
import type { Proxy } from "./domain/proxy-url.ts";

const accountSpec = z.object({
  displayName: z.string().default("WhatsApp"),
  phone: z.string().optional(),
  pairing: z.object({ method: z.enum(["QR", "Code"]).default("QR") }).default({ method: "QR" }),
});

/** What a WhatsApp channel process adds to the settings every channel process has. */
const whatsappSettings = z
  .object({
    SESSION_KEYS: z.string().transform((text, issue) => {
      try {
        return parseMasterKeys(text);
      } catch (error) {
        issue.addIssue(error instanceof Error ? error.message : "malformed");
        return z.NEVER;
      }
    }),
    WHATSAPP_URL: z.url({ protocol: /^wss?$/ }).optional(),
    WHATSAPP_ROOT_KEY: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/, "must be 64 hex digits")
      .optional(),
    /** The only way out of this account; absent goes directly. */
    PROXY_URL: z
      .string()
      .transform((text, issue): Proxy => {
        try {
          return parseProxyUrl(text);
        } catch (error) {
          issue.addIssue(error instanceof Error ? error.message : "malformed");
          return z.NEVER;
        }
      })
      .optional(),
    ACCOUNT_SPEC: z
      .string()
      .default("{}")
      .transform((text, issue) => {
        const parsed = accountSpec.safeParse(parseJson(text));
        if (parsed.success) return parsed.data;
        issue.addIssue("is not a WhatsApp account");
        return z.NEVER;
      }),
  })
  .refine((given) => given.WHATSAPP_ROOT_KEY === undefined || given.WHATSAPP_URL !== undefined, {
    path: ["WHATSAPP_ROOT_KEY"],
    message: "is for a server of our own: WHATSAPP_URL has to name it",
  });

export type WhatsAppSettings = z.infer<typeof whatsappSettings>;
export type WhatsAppConfig = { pod: PodConfig; whatsapp: WhatsAppSettings };

/** Throws `ConfigError` with the problems of both parts at once. */
export function parseWhatsAppConfig(
  environment: Record<string, string | undefined>,
): WhatsAppConfig {
  const problems: string[] = [];
  const collect = <T>(parse: () => T): T | undefined => {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems);
      return undefined;
    }
  };
  const pod = collect(() => parsePodConfig(environment));
  const whatsapp = collect(() => parseConfig(whatsappSettings, environment));
  if (pod === undefined || whatsapp === undefined) throw new ConfigError([...new Set(problems)]);
  return { pod, whatsapp };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** For the entry file of the process. */
export function readEnvironment(): WhatsAppConfig {
  return parseWhatsAppConfig(process.env);
}

import { env, loadConfig } from "@rarity/platform/config";
import { z } from "zod";

const environment = z.object({
  /** Where the three servers listen. */
  HOST: z.string().min(1).default("127.0.0.1"),
  /** The name clients reach them by; the media host's certificate is made for it. */
  PUBLIC_HOST: z.string().min(1).default("127.0.0.1"),
  /** 0 takes a free port; the addresses are printed. */
  PORT: env.port().default(3900),
  WIRE_PORT: env.port().default(3901),
  MEDIA_PORT: env.port().default(3902),
  /** Where the state survives a restart; without it, it lives in memory only. */
  DATA_FILE: z.string().min(1).optional(),
  LOG_LEVEL: env.logLevel(),
});

export const readConfig = (): z.output<typeof environment> => loadConfig(environment, process.env);

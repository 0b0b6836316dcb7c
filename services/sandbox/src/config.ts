import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);

const environment = z.object({
  HOST: z.string().default("127.0.0.1"),
  PUBLIC_HOST: z.string().default("127.0.0.1"),
  PORT: port.default(3900),
  WIRE_PORT: port.default(3901),
  MEDIA_PORT: port.default(3902),
  DATA_FILE: z.string().min(1).optional(),
  LOG_LEVEL: z.string().default("info"),
});

export const readConfig = (): z.output<typeof environment> => environment.parse(process.env);

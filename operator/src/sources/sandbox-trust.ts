import { fetch } from "undici";
import { z } from "zod";
import type { SandboxTrust } from "../desired/platform/sandbox-trust.ts";

const timeoutMs = 2_000;

const Info = z.object({
  wireUrl: z.url(),
  rootKeyHex: z.string().regex(/^[0-9a-f]{64}$/),
  mediaCaPem: z.string().startsWith("-----BEGIN CERTIFICATE-----").max(16_384),
});

/** Which keys the sandbox signs with. Undefined while it does not say so. */
export const readSandboxTrust = async (sandboxUrl: string): Promise<SandboxTrust | undefined> => {
  try {
    const answer = await fetch(`${sandboxUrl}/api/info`, {
      signal: AbortSignal.timeout(timeoutMs),
    });
    const parsed = Info.safeParse(await answer.json());
    return parsed.success ? parsed.data : undefined;
  } catch {
    // It may be starting. Whoever needs the keys waits for them, visibly.
    return undefined;
  }
};

import { readFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stack } from "../stack/start-stack.ts";
import { url } from "../stack/services.ts";
import { signIn, signUp } from "../demo/auth-client.ts";

export type DemoOrganization = { email: string; password: string; orgId: string };

const email = "demo@rarityleads.example";

/**
 * Signs the demo user up once; later starts find the note left in the data folder. A database that does
 * not know the user, because DATABASE_URL names another one now, gets it, too.
 */
export const ensureDemoOrganization = async (stack: Stack): Promise<DemoOrganization> => {
  const note = join(stack.wiring.dataDir, "demo-organization.json");
  const base = url(stack.wiring, "edge");
  const password = stack.secrets.demoPassword;
  if (existsSync(note)) {
    const known = JSON.parse(readFileSync(note, "utf8")) as DemoOrganization;
    const session = await signIn(base, known.email, known.password).catch(() => undefined);
    if (session?.orgId === known.orgId) return known;
  }
  const session = await signUp(base, { email, password, organization: "Demo organization" }).catch(
    // Signed up by a start that did not live to leave the note.
    () => signIn(base, email, password),
  );
  const demo = { email, password, orgId: session.orgId };
  writeFileSync(note, JSON.stringify(demo), { mode: 0o600 });
  return demo;
};

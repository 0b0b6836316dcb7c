import { readFileSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stack } from "../stack/start-stack.ts";
import { url } from "../stack/services.ts";
import { signIn, signUp } from "../demo/auth-client.ts";

export type DemoOrganization = { email: string; password: string; orgId: string };

/** Signs the demo user up once; later starts find the note left in the data folder. */
export const ensureDemoOrganization = async (stack: Stack): Promise<DemoOrganization> => {
  const note = join(stack.wiring.dataDir, "demo-organization.json");
  const base = url(stack.wiring, "edge");
  if (existsSync(note)) {
    const known = JSON.parse(readFileSync(note, "utf8")) as DemoOrganization;
    await signIn(base, known.email, known.password);
    return known;
  }
  const email = "demo@rarityleads.example";
  const password = stack.secrets.demoPassword;
  const session = await signUp(base, { email, password, organization: "Demo organization" });
  const demo = { email, password, orgId: session.orgId };
  writeFileSync(note, JSON.stringify(demo), { mode: 0o600 });
  return demo;
};

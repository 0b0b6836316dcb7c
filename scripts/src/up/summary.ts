import { url, type Wiring } from "../stack/services.ts";
import type { DemoOrganization } from "./demo-organization.ts";

export const summary = (wiring: Wiring, demo: DemoOrganization): string => `
Rarity Leads is running.

  URL        ${url(wiring, "edge")}
  Sign-in    ${demo.email}  /  ${demo.password}
  API        ${url(wiring, "edge")}/api/openapi.json
  Phones     ${url(wiring, "sandbox")}   (the sandbox: emulated WhatsApp phones to pair and write with)

  Next       scripts/demo    the main job, from a YAML account to a phone and back
             scripts/down    stop a detached system
`;

// For the Tiltfile: puts changed sources into running pods that the operator made. `node scripts/src/dev-sync.ts FAMILY`.
import { sourcesOf, syncSources } from "./dev/sync-sources.ts";

const [family = ""] = process.argv.slice(2);
if (!(family in sourcesOf)) {
  console.error(`usage: node scripts/src/dev-sync.ts ${Object.keys(sourcesOf).join("|")}`);
  process.exit(64);
}
const pods = await syncSources(family as keyof typeof sourcesOf);
console.log(pods.length === 0 ? `no pod of ${family} runs` : `synced into ${pods.join(", ")}`);

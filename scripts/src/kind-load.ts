// For the Tiltfile: builds the development image of a family, loads it into the nodes, and starts the pods that
// run it again. `node scripts/src/kind-load.ts FAMILY`.
import { loadImages } from "./dev/kind-cluster.ts";
import { restartPods } from "./dev/restart-pods.ts";
import { families, familyNames, type FamilyName } from "./images/families.ts";

const [family = ""] = process.argv.slice(2);
if (!(family in families)) {
  console.error(`usage: node scripts/src/kind-load.ts ${familyNames.join("|")}`);
  process.exit(64);
}
const progress = (line: string): void => console.error(line);
const [image = ""] = await loadImages([family as FamilyName], { isDevelopment: true }, progress);
const restarted = await restartPods(image);
console.log(restarted.length === 0 ? "nothing runs it yet" : `restarted ${restarted.join(", ")}`);

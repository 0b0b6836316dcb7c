// For the Tiltfile: prints what the dev loop applies. `stores` or `chart`.
import { findHelmAndKubectl } from "./cluster/binaries/helm-and-kubectl.ts";
import { renderChartForDev, renderStores } from "./dev/render.ts";

const [part] = process.argv.slice(2);
if (part === "stores") {
  process.stdout.write(await renderStores());
} else if (part === "chart") {
  const programs = await findHelmAndKubectl(process.env, (line) => console.error(line));
  if ("missing" in programs) throw new Error(programs.missing);
  process.stdout.write(await renderChartForDev(programs.helm));
} else {
  console.error("usage: node scripts/src/dev-render.ts stores|chart");
  process.exitCode = 64;
}

// Started by victim.ts: owns a control plane until it is killed.
import type { ControlPlaneBinaries } from "../binaries/control-plane-binaries.ts";
import { startControlPlane } from "../control-plane/start-control-plane.ts";

const binaries = JSON.parse(process.argv[2] ?? "") as ControlPlaneBinaries;
const { url, folder } = await startControlPlane({ binaries, progress: () => undefined });
console.log(JSON.stringify({ url, folder }));
setInterval(() => undefined, 60_000);

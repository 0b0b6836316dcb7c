import { spawn } from "node:child_process";
import { pipeline } from "node:stream/promises";
import type { FamilyName } from "../images/families.ts";
import { runCommand } from "../lib/run-command.ts";
import { projectRoot } from "../images/project.ts";
import { dev } from "./settings.ts";

/** Which sources an image of that family runs. The operator's are synced by Tilt itself. */
export const sourcesOf: Record<Exclude<FamilyName, "operator">, readonly string[]> = {
  services: ["contracts", "platform", "orchestrator", "leads", "accounts", "auth", "edge"],
  whatsapp: ["contracts", "platform", "channel-kit", "whatsapp"],
  sandbox: ["contracts", "platform", "sandbox"],
};

type Pods = {
  items: { metadata: { name: string }; spec: { containers: { image: string }[] } }[];
};

const kubectl = ["--context", dev.context, "--namespace", dev.namespace];

/** The running pods of a family, whoever made them. */
const podsOf = async (family: string): Promise<string[]> => {
  const args = ["get", "pods", "--field-selector", "status.phase=Running", "--output", "json"];
  const { items } = JSON.parse(await runCommand("kubectl", [...kubectl, ...args])) as Pods;
  return items
    .filter(({ spec }) => spec.containers.some(({ image }) => image.includes(`/${family}:`)))
    .map(({ metadata }) => metadata.name);
};

const ended = (child: ReturnType<typeof spawn>, what: string): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${what} ended with ${code}`));
    });
  });

/** Packs the sources here and unpacks them there; node --watch starts the program again. */
const syncInto = async (pod: string, folders: readonly string[]): Promise<void> => {
  const pack = spawn("tar", ["-C", projectRoot, "-cf", "-", "--exclude=*.test.ts", ...folders], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const unpack = ["exec", "-i", pod, "--", "tar", "-xf", "-", "-C", "/tmp/app"];
  const receive = spawn("kubectl", [...kubectl, ...unpack], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  const both = Promise.all([ended(pack, "tar"), ended(receive, `kubectl exec ${pod}`)]);
  await Promise.all([pipeline(pack.stdout, receive.stdin), both]);
};

/** Puts the sources of a family into all of its running development pods; answers their names. */
export const syncSources = async (family: keyof typeof sourcesOf): Promise<string[]> => {
  const folders = sourcesOf[family].map((service) => `services/${service}/src`);
  const pods = await podsOf(family);
  for (const pod of pods) await syncInto(pod, folders);
  return pods;
};

import { runCommand } from "../lib/run-command.ts";
import { dev } from "./settings.ts";

type Deployments = {
  items: {
    metadata: { name: string };
    spec: { template: { spec: { containers: { image: string }[] } } };
  }[];
};

const kubectl = ["--context", dev.context, "--namespace", dev.namespace];

/** The image's name stays the same when its content changes: whoever runs it has to start again. */
export const restartPods = async (image: string): Promise<string[]> => {
  const listed = await runCommand("kubectl", [
    ...kubectl,
    "get",
    "deployments",
    "--output",
    "json",
  ]);
  const { items } = JSON.parse(listed) as Deployments;
  const names = items
    .filter(({ spec }) => spec.template.spec.containers.some((each) => each.image === image))
    .map(({ metadata }) => metadata.name);
  for (const name of names)
    await runCommand("kubectl", [...kubectl, "rollout", "restart", `deployment/${name}`]);
  return names;
};

import { waitUntil } from "../../lib/wait-until.ts";
import type { KubeClient, KubeObject } from "../client/kube-client.ts";

type Definition = KubeObject & {
  status?: { conditions?: { type: string; status: string }[] };
};

const established = (crd: Definition | undefined): boolean =>
  crd?.status?.conditions?.some(
    (condition) => condition.type === "Established" && condition.status === "True",
  ) ?? false;

/** Applies the definitions and returns when objects of every one of them can be made. */
export const applyCrds = async (
  client: KubeClient,
  definitions: readonly KubeObject[],
): Promise<void> => {
  await Promise.all(definitions.map((definition) => client.apply(definition, "crds")));
  for (const definition of definitions) {
    const ready = async (): Promise<boolean> =>
      established(await client.get<Definition>(definition));
    await waitUntil(`${definition.metadata.name} to be established`, ready);
  }
};

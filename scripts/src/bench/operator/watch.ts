import { createInterface } from "node:readline";
import { Agent, request } from "undici";
import type { KubeObject } from "../../cluster/client/kube-client.ts";
import type { Access } from "../../cluster/control-plane/kubeconfig.ts";

export type Watch = { close: () => Promise<void> };

/** Tells every change of the objects at a path, those that are there first. Ends when it is closed. */
export const watchObjects = async (
  access: Access,
  path: string,
  onChange: (object: KubeObject) => void,
): Promise<Watch> => {
  const agent = new Agent({
    ...{ bodyTimeout: 0, headersTimeout: 30_000 },
    connect: { ca: access.caPem, cert: access.certPem, key: access.keyPem },
  });
  const url = new URL(path, access.url);
  url.searchParams.set("watch", "1");
  // Longer than any measurement.
  url.searchParams.set("timeoutSeconds", "7200");
  const { statusCode, body } = await request(url, { dispatcher: agent });
  if (statusCode !== 200) throw new Error(`the watch of ${path} was answered ${statusCode}`);
  const lines = createInterface({ input: body });
  const ended = new Promise<void>((resolve) => lines.once("close", resolve));
  // Closing it is the only way it ends, and the library says so as an error.
  lines.on("error", () => lines.close());
  lines.on("line", (line) => {
    const { type, object } = JSON.parse(line) as { type: string; object: KubeObject };
    if (type !== "BOOKMARK" && type !== "ERROR") onChange(object);
  });
  return {
    close: async () => {
      await agent.destroy();
      await ended;
    },
  };
};

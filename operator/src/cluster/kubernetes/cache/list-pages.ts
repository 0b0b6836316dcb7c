import type { KubeObject } from "../../../api/objects.ts";
import type { KubeClient } from "../client/kube-client.ts";

/** 500 small objects are about a megabyte, parsed in some 20 ms: nothing else waits for long. */
const pageLimit = 500;

interface Page {
  metadata: { resourceVersion: string; continue?: string };
  items?: KubeObject[] | null;
}

/** Everything at a path, page by page, with the version that it is of. */
export const listPages = async (
  client: KubeClient,
  request: {
    path: string;
    query?: Record<string, string>;
    accept?: string;
    signal?: AbortSignal;
    attempts?: number;
  },
): Promise<{ version: string; items: KubeObject[] }> => {
  const items: KubeObject[] = [];
  const { query = {}, ...rest } = request;
  let next: string | undefined;
  for (;;) {
    const page = (await client.send({
      ...rest,
      method: "GET",
      query: { ...query, limit: String(pageLimit), continue: next },
    })) as Page;
    for (const item of page.items ?? []) items.push(item);
    next = page.metadata.continue === "" ? undefined : page.metadata.continue;
    if (next === undefined) return { version: page.metadata.resourceVersion, items };
  }
};

import type { KubeObject } from "../../../api/objects.ts";
import { ClusterError } from "../../errors.ts";
import { ExpiredError } from "../client/kube-client.ts";

export interface WatchLine {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  object: KubeObject;
}

/** One line of a watch. An error that the server reports in it is thrown. */
export const parseWatchLine = (line: string): WatchLine => {
  const event = parse(line);
  if (event.type !== "ERROR") return { type: event.type, object: event.object };
  const { code, reason, message = "the server ended the watch" } = event.object;
  if (code === 410 || reason === "Expired" || reason === "Gone") throw new ExpiredError();
  throw new ClusterError("Unavailable", message);
};

interface Line {
  type: WatchLine["type"] | "ERROR";
  object: KubeObject & { code?: number; reason?: string; message?: string };
}

const parse = (line: string): Line => {
  try {
    return JSON.parse(line) as Line;
  } catch {
    // The parser's own message quotes the line.
    throw new ClusterError("Unavailable", "a line of the watch is not JSON");
  }
};

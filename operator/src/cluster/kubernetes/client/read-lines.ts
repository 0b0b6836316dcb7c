import { ClusterError } from "../../errors.ts";

/** Far above etcd's limit for one object. */
const lineMax = 32 * 1024 * 1024;

/** The lines of a stream of UTF-8, without the last one when it is cut off. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > lineMax) throw new ClusterError("Unavailable", "a line without an end");
    for (const line of lines) if (line !== "") yield line;
  }
}

import type { SandboxEvent } from "../src/api/events.ts";

/** Events as they come over the stream, until the reader stops. */
export async function* readEvents(
  url: string,
  headers: Record<string, string> = {},
): AsyncGenerator<SandboxEvent> {
  const response = await fetch(`${url}/api/events/stream`, { headers });
  if (response.body === null) throw new Error("the stream has no body");
  let text = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = block.split("\n").find((line) => line.startsWith("data: "));
      if (data !== undefined) yield JSON.parse(data.slice(6)) as SandboxEvent;
    }
  }
}

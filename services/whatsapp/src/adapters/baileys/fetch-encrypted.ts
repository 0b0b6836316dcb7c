import type { Agent, IncomingMessage } from "node:http";
import { request } from "node:https";
import { DEFAULT_ORIGIN } from "@whiskeysockets/baileys";

export type FetchTarget = {
  host: string;
  path: string;
  /** The account's way out; undefined goes directly. */
  agent: Agent | undefined;
  /** The longest silence. */
  timeoutMs: number;
};

/** One download may take this many times the longest silence. */
const totalTimeouts = 5;

/**
 * The library's own download knows neither a timeout nor a limit to redirects. This one asks the
 * host it was given and nobody else, and gives up.
 */
export function fetchEncrypted(target: FetchTarget): Promise<IncomingMessage> {
  const { host, path, agent, timeoutMs } = target;
  const url = new URL(`https://${host}`);
  return new Promise((resolve, reject) => {
    const outgoing = request({
      ...{ path, timeout: timeoutMs, headers: { origin: DEFAULT_ORIGIN } },
      hostname: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port === "" ? 443 : Number(url.port),
      signal: AbortSignal.timeout(timeoutMs * totalTimeouts),
      ...(agent === undefined ? {} : { agent }),
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("the media host is silent")));
    outgoing.on("error", reject);
    outgoing.once("response", (answer) => {
      if (answer.statusCode === 200) {
        resolve(answer);
        return;
      }
      answer.destroy();
      reject(new Error(`the media host answered ${answer.statusCode ?? 0}`));
    });
    outgoing.end();
  });
}

import { setTimeout as delay } from "node:timers/promises";

export type ApiClient = {
  /** Repeats under one Idempotency-Key until some API process says 202; answers the message's id. */
  send(key: string, body: object): Promise<string>;
  /** True: cancelled before it was claimed. */
  cancel(id: string): Promise<boolean>;
  /** When which process accepted something. */
  readonly accepts: readonly { api: number; at: number }[];
};

const tryForMs = 5_000;
const betweenMs = 100;
const patienceMs = 120_000;

/** What a careful client does: keep asking, always with the same key, at whichever process answers. */
export function createApiClient(urls: readonly string[], token: string): ApiClient {
  const accepts: { api: number; at: number }[] = [];
  let turn = 0;
  const call = async (api: number, path: string, init: RequestInit): Promise<Response> =>
    fetch(`${urls[api] ?? ""}${path}`, {
      method: "POST",
      signal: AbortSignal.timeout(tryForMs),
      ...init,
    });
  /** Undefined where no process gave an answer that counts. */
  const insist = async (
    path: string,
    init: RequestInit,
  ): Promise<{ api: number; answer: Response }> => {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const api = (turn += 1) % urls.length;
      try {
        const answer = await call(api, path, init);
        if (answer.status < 500 && answer.status !== 429) return { api, answer };
        await answer.body?.cancel();
      } catch {
        // Killed while it answered, or not up yet.
      }
      if (Date.now() > deadline) throw new Error(`no API process answered ${path}`);
      await delay(betweenMs);
    }
  };
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return {
    accepts,
    send: async (key, body) => {
      const { api, answer } = await insist("/api/messages/send", {
        headers: { ...headers, "idempotency-key": key },
        body: JSON.stringify(body),
      });
      if (answer.status !== 202) throw new Error(`send: ${answer.status} ${await answer.text()}`);
      accepts.push({ api, at: Date.now() });
      return ((await answer.json()) as { id: string }).id;
    },
    cancel: async (id) => {
      const path = `/api/messages/${id}/cancel`;
      const { answer } = await insist(path, {
        headers: { authorization: headers.authorization },
      });
      await answer.body?.cancel();
      return answer.status === 200;
    },
  };
}

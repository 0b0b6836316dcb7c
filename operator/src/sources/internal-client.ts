// The client that everything here uses: Node's own fetch is the same library once more.
import { fetch, type RequestInit, type Response } from "undici";

export interface InternalClientDeps {
  token: string;
  timeoutMs?: number;
  /** Before each call that changes something; what it throws is the answer, and nothing is sent. */
  beforeChange?: (() => void) | undefined;
}

export interface InternalClient {
  getText(url: string): Promise<string>;
  putJson(url: string, body: unknown): Promise<void>;
  postJson(url: string, body: unknown): Promise<unknown>;
}

/** Calls to the platform's internal routes. Errors name the address and the status, never a body. */
export const createInternalClient = ({
  token,
  timeoutMs = 3_000,
  beforeChange,
}: InternalClientDeps): InternalClient => {
  const call = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname } = new URL(url);
    const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) }).catch(
      (cause: unknown) => {
        throw new Error(`${pathname} cannot be reached`, { cause });
      },
    );
    if (answer.ok) return answer;
    await answer.body?.cancel();
    throw new Error(`${pathname} answered ${answer.status}`);
  };
  const send = async (method: string, url: string, body: unknown): Promise<Response> => {
    beforeChange?.();
    const headers = { authorization, "content-type": "application/json" };
    return call(url, { method, headers, body: JSON.stringify(body) });
  };
  const authorization = `Bearer ${token}`;
  return {
    getText: async (url) => (await call(url, { headers: { authorization } })).text(),
    putJson: async (url, body) => {
      const answer = await send("PUT", url, body);
      await answer.body?.cancel();
    },
    postJson: async (url, body) => (await send("POST", url, body)).json(),
  };
};

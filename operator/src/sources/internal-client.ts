export interface InternalClientDeps {
  token: string;
  timeoutMs?: number;
}

export interface InternalClient {
  getJson(url: string): Promise<unknown>;
  putJson(url: string, body: unknown): Promise<void>;
}

/** Calls to the platform's internal routes. Errors name the address and the status, never a body. */
export const createInternalClient = ({
  token,
  timeoutMs = 3_000,
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
  const authorization = `Bearer ${token}`;
  return {
    getJson: async (url) => (await call(url, { headers: { authorization } })).json(),
    putJson: async (url, body) => {
      const headers = { authorization, "content-type": "application/json" };
      const answer = await call(url, { method: "PUT", headers, body: JSON.stringify(body) });
      await answer.body?.cancel();
    },
  };
};

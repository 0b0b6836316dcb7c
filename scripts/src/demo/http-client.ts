export type RequestOptions = {
  token?: string;
  body?: unknown;
  raw?: { bytes: Uint8Array; contentType: string };
  headers?: Record<string, string>;
};

const headersOf = (options: RequestOptions): Record<string, string> => ({
  ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
  ...(options.body === undefined ? {} : { "content-type": "application/json" }),
  ...(options.raw === undefined ? {} : { "content-type": options.raw.contentType }),
  ...options.headers,
});

const bodyOf = (options: RequestOptions): Uint8Array<ArrayBuffer> | string | null => {
  if (options.raw !== undefined) return new Uint8Array(options.raw.bytes);
  return options.body === undefined ? null : JSON.stringify(options.body);
};

const fetchChecked = async (
  base: string,
  method: string,
  path: string,
  options: RequestOptions,
): Promise<Response> => {
  const answer = await fetch(`${base}${path}`, {
    method,
    headers: headersOf(options),
    body: bodyOf(options),
    signal: AbortSignal.timeout(30_000),
  });
  if (!answer.ok) {
    const text = (await answer.text()).slice(0, 600);
    throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
  }
  return answer;
};

/** One JSON request; an answer that is not 2xx becomes an error with the server's own words. */
export const request = async <T>(
  base: string,
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<T> => {
  const text = await (await fetchChecked(base, method, path, options)).text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
};

export const requestBytes = async (
  base: string,
  path: string,
  options: RequestOptions = {},
): Promise<Buffer> =>
  Buffer.from(await (await fetchChecked(base, "GET", path, options)).arrayBuffer());

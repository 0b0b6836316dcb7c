/** What the sandbox said when it refused something, for people. */
export class Refused extends Error {}

/**
 * One request to the control API.
 * @template T
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<T>}
 */
export async function call(method, path, body) {
  const headers = { "content-type": "application/json" };
  const init = body === undefined ? { method } : { method, headers, body: JSON.stringify(body) };
  const response = await fetch(path, init).catch(() => {
    throw new Refused("The sandbox does not answer. Is it still running?");
  });
  const text = await response.text();
  const answer = text === "" ? undefined : JSON.parse(text);
  if (!response.ok) throw new Refused(explain(answer?.error, response.status));
  return answer;
}

/**
 * @param {{ message?: string, details?: { issues?: { path: string, message: string }[] } } | undefined} error
 * @param {number} status
 */
function explain(error, status) {
  const issues = (error?.details?.issues ?? []).map(({ message }) => message);
  const text = issues.length > 0 ? issues.join("; ") : (error?.message ?? `HTTP ${status}`);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

/** @param {string} phone */
export const pathOf = (phone, rest = "") => `/api/phones/${encodeURIComponent(phone)}${rest}`;

/** @param {string} phone @param {string} messageId */
export const mediaPath = (phone, messageId) =>
  pathOf(phone, `/media/${encodeURIComponent(messageId)}`);

import { randomInt } from "node:crypto";
import type { PortName } from "../stack/services.ts";
import type { DemoOrganization } from "../up/demo-organization.ts";
import { signIn } from "./auth-client.ts";
import { openEvents, type EventStream } from "./event-stream.ts";
import { request, requestBytes, type RequestOptions } from "./http-client.ts";

/** What the steps share: where the system answers, who is signed in, and what earlier steps made. */
export type Demo = {
  urls: Record<PortName, string>;
  orgId: string;
  events: EventStream;
  api: <T>(method: string, path: string, options?: RequestOptions) => Promise<T>;
  bytes: (path: string) => Promise<Buffer>;
  sandbox: <T>(method: string, path: string, body?: unknown) => Promise<T>;
  sandboxBytes: (path: string) => Promise<Buffer>;
  /** The demo's own phones; new numbers each run so that runs do not meet. */
  phones: { account: string; lead: string; second: string };
  names: { account: string; second: string };
  state: { accountId: string; secondId: string; conversationId: string };
  close: () => void;
};

export const connectDemo = async (
  urls: Record<PortName, string>,
  organization: DemoOrganization,
): Promise<Demo> => {
  const session = await signIn(urls.edge, organization.email, organization.password);
  const token = session.accessToken;
  const events = await openEvents(urls.edge, token);
  const run = String(randomInt(10_000, 99_999));
  return {
    urls,
    orgId: organization.orgId,
    events,
    api: (method, path, options = {}) => request(urls.edge, method, path, { token, ...options }),
    bytes: (path) => requestBytes(urls.edge, path, { token }),
    sandbox: (method, path, body) =>
      request(urls.sandbox, method, path, body === undefined ? {} : { body }),
    sandboxBytes: (path) => requestBytes(urls.sandbox, path),
    phones: { account: `155501${run}`, lead: `155502${run}`, second: `155503${run}` },
    names: { account: `demo-${run}`, second: `demo-code-${run}` },
    state: { accountId: "", secondId: "", conversationId: "" },
    close: () => events.close(),
  };
};

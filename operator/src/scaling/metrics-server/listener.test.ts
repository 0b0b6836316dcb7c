import { Agent, get } from "node:https";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { expect, it, onTestFinished } from "vitest";
import { createAuthority, issueServerCertificate } from "../../certificates/authority.ts";
import { startListener } from "./listener.ts";

const day = 86_400_000;
const validity = { notBefore: new Date(Date.now() - day), notAfter: new Date(Date.now() + day) };

it("keeps a quiet connection for longer than the API server does, which is 90 seconds", async () => {
  const authority = await createAuthority("test", validity);
  const leaf = await issueServerCertificate(authority, ["localhost"], validity);
  const listener = await startListener(
    {
      source: { demandsIn: () => [] },
      reviews: { userOf: () => Promise.reject(new Error()), mayDo: () => Promise.resolve(false) },
      ...{ trust: () => undefined, isReady: () => true, onError: () => undefined },
    },
    { host: "127.0.0.1", port: 0, tls: { ...leaf, clientCaPem: undefined } },
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: authority.certPem });
  onTestFinished(async () => {
    agent.destroy();
    await listener.close();
  });
  const ask = async () => {
    const call = get({ host: "localhost", port: listener.port, path: "/livez", agent });
    const [answer] = (await once(call, "response")) as [IncomingMessage];
    await once(answer.resume(), "end");
    return { call, keptFor: /^timeout=(\d+)$/.exec(String(answer.headers["keep-alive"]))?.[1] };
  };
  expect(Number((await ask()).keptFor)).toBeGreaterThan(90);
  expect((await ask()).call.reusedSocket).toBe(true);
});

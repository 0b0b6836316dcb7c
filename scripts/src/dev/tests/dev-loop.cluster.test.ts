import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, inject, it, onTestFinished } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { buildGoProgram } from "../../cluster/binaries/build-go-program.ts";
import { toolCacheFolder } from "../../cluster/binaries/cache-folder.ts";
import { devcheck } from "../../cluster/binaries/devcheck.ts";
import { createKubeClient, type KubeObject } from "../../cluster/client/kube-client.ts";
import { parseObjects } from "../../cluster/client/read-objects.ts";
import { startKwok } from "../../cluster/control-plane/kwok.ts";
import { startOwnControlPlane } from "../../cluster/testing/cluster.ts";
import { families } from "../../images/families.ts";
import { projectRoot } from "../../images/project.ts";
import { findOnPath } from "../../lib/find-on-path.ts";
import { installDev } from "../install.ts";
import { dev } from "../settings.ts";
import { sourcesOf } from "../sync-sources.ts";

/**
 * kind and Tilt do not run here. What runs: the Tiltfile in Tilt's Starlark engine with stubs for its
 * functions, the kind configuration through kind's own types, and everything scripts/kind-up installs, against
 * a real control plane whose pods are faked.
 */
const execute = promisify(execFile);
const { programs, kwok } = inject("rarityCluster");
const go = await findOnPath("go");
const progress = (): void => undefined;

type Call = { name: string; args: unknown[]; kwargs: Record<string, unknown> };

let program = "";
beforeAll(async () => {
  if (go === undefined) return;
  const cacheFolder = toolCacheFolder(process.env);
  program = await buildGoProgram(devcheck(), { go, cacheFolder, progress });
});

const evaluate = async (context: string): Promise<Call[]> => {
  const options = { cwd: projectRoot, maxBuffer: 64 << 20 };
  const { stdout } = await execute(program, ["tiltfile", "Tiltfile", context], options);
  const lines = stdout.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Call);
};

describe.skipIf(go === undefined || programs === undefined)("the Tiltfile", () => {
  it("stops at any other context than the dev cluster's, having applied nothing", async () => {
    const failed = evaluate("gke_production");
    await expect(failed).rejects.toThrow(/the context is gke_production, not kind-rarity/);
    const error: unknown = await failed.catch((reason: unknown) => reason);
    const { stdout } = error as { stdout: string };
    expect(stdout).not.toContain("k8s_yaml");
  });

  it("allows the dev context alone, and builds, syncs and orders what there is", async () => {
    const calls = await evaluate(dev.context);
    const of = (name: string): Call[] => calls.filter((call) => call.name === name);
    expect(of("allow_k8s_contexts").map(({ args }) => args)).toEqual([[dev.context]]);
    const [build] = of("docker_build");
    expect(build?.args[0]).toBe("rarity-leads/operator");
    const dockerfile = readFileSync(join(projectRoot, String(build?.kwargs["dockerfile"])), "utf8");
    expect(dockerfile).toContain(` AS ${String(build?.kwargs["target"])}\n`);
    const resources = of("local_resource").map(({ args }) => args[0]);
    const others = Object.keys(families).filter((family) => family !== "operator");
    for (const family of others) {
      expect(resources).toContain(`image-${family}`);
      expect(resources).toContain(`sync-${family}`);
      const sync = of("local_resource").find(({ args }) => args[0] === `sync-${family}`);
      expect(sync?.kwargs["deps"]).toEqual(
        sourcesOf[family as keyof typeof sourcesOf].map((name) => `services/${name}/src`),
      );
    }
    const known = [
      ...resources,
      ...of("k8s_resource").map(({ args, kwargs }) => kwargs["new_name"] ?? args[0]),
    ];
    for (const { kwargs } of [...of("k8s_resource"), ...of("local_resource")])
      for (const name of (kwargs["resource_deps"] as string[] | undefined) ?? [])
        expect(known).toContain(name);
  });

  it("names only objects that what it applies has", async () => {
    const calls = await evaluate(dev.context);
    const rendered = await Promise.all(
      calls
        .filter(({ name }) => name === "local")
        .map(async ({ args }) => {
          const [command = "", ...rest] = args[0] as string[];
          return (await execute(command, rest, { cwd: projectRoot, maxBuffer: 64 << 20 })).stdout;
        }),
    );
    const objects = rendered.flatMap(parseObjects);
    const names = objects.map(({ kind, metadata }) => `${metadata.name}:${kind.toLowerCase()}`);
    for (const { args, kwargs } of calls.filter(({ name }) => name === "k8s_resource")) {
      for (const name of (kwargs["objects"] as string[] | undefined) ?? [])
        expect(names).toContain(name);
      if (typeof args[0] === "string") expect(names).toContain(`${args[0]}:deployment`);
    }
  });
});

describe.skipIf(go === undefined)("the kind configuration", () => {
  type Configuration = { nodes: { role: string; image: string }[] };
  const read = async (file: string): Promise<Configuration> =>
    JSON.parse((await execute(program, ["kind", file])).stdout) as Configuration;

  it("is one that kind takes, with two nodes of a pinned version", async () => {
    const { nodes } = await read(join(projectRoot, "dev/kind.yaml"));
    expect(nodes.map(({ role }) => role)).toEqual(["control-plane", "worker"]);
    for (const { image } of nodes) expect(image).toMatch(/^kindest\/node:v1\.\d+\.\d+$/);
  });

  it("would be refused with a field kind does not know", async () => {
    await expect(read(join(projectRoot, "dev/ctlptl.yaml"))).rejects.toThrow(/not found in type/);
  });

  it("is the cluster that ctlptl makes", () => {
    const kind = parse(readFileSync(join(projectRoot, "dev/kind.yaml"), "utf8")) as {
      name: string;
      nodes: unknown;
    };
    const [, cluster] = parseAllDocuments(
      readFileSync(join(projectRoot, "dev/ctlptl.yaml"), "utf8"),
    ).map((document) => document.toJS() as { name: string; kindV1Alpha4Cluster: unknown });
    expect(cluster?.kindV1Alpha4Cluster).toEqual({ nodes: kind.nodes });
    expect([cluster?.name, `kind-${kind.name}`]).toEqual([dev.context, dev.context]);
  });
});

describe.skipIf(programs === undefined)("what scripts/kind-up installs", () => {
  it("is taken by a real control plane in a namespace that enforces Pod Security restricted", async () => {
    const controlPlane = await startOwnControlPlane();
    await startKwok(controlPlane, kwok, ["fake-1"]);
    const client = createKubeClient(controlPlane);
    onTestFinished(() => client.close());
    const { helm = "", kubectl = "" } = programs ?? {};
    const lines: string[] = [];
    const target = { helm, kubectl, kubeconfig: controlPlane.kubeconfigPath };
    await installDev(target, (line) => lines.push(line));
    // Run again, it finds everything as it is.
    await installDev(target, (line) => lines.push(line));
    const platform = await client.get({
      apiVersion: "rarityleads.io/v1alpha1",
      kind: "Platform",
      metadata: { name: dev.platform, namespace: dev.namespace },
    });
    const spec = platform?.["spec"] as {
      database: { secretName: string };
      redis: { urlSecretRef: { name: string; key: string } };
      secretsRef: { name: string };
    };
    const keysOf = async (name: string): Promise<string[]> => {
      const secret = await client.get<KubeObject & { data: Record<string, string> }>({
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name, namespace: dev.namespace },
      });
      return Object.keys(secret?.data ?? {});
    };
    const roles = ["orchestrator", "leads", "accounts", "auth", "whatsapp"];
    expect(await keysOf(spec.database.secretName)).toEqual(
      expect.arrayContaining(["adminUrl", ...roles.map((role) => `${role}Url`)]),
    );
    expect(await keysOf(spec.redis.urlSecretRef.name)).toContain(spec.redis.urlSecretRef.key);
    expect(await keysOf(spec.secretsRef.name)).toEqual(
      expect.arrayContaining(["tenantSealKey", "internalToken", "sessionKeys", "signingKey"]),
    );
    expect(lines).toContain("Installing the chart: Platform and sample account ...");
  });
});

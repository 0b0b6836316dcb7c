import { ensureBinary } from "../lib/ensure-binary.ts";
import { findOnPath } from "../lib/find-on-path.ts";
import { prepareClusterTools } from "../cluster/testing/prepare.ts";
import { prepareNodeTools } from "../cluster/nodes/prepare-nodes.ts";
import { missingForImages } from "../images/testing/prepare.ts";

/** One part of the test command. Every step of a tier counts; vitest steps count test by test. */
export type Step =
  | {
      kind: "command";
      title: string;
      command: string;
      args: string[];
      /** Takes the command's further options, and writes its figures as JSON to the file of `--report`. */
      figures?: true;
      /** More arguments when every tier runs, which has to stay short. */
      argsInFullRun?: string[];
    }
  | {
      kind: "vitest";
      title: string;
      args: string[];
    };

export type Tier = {
  about: string;
  steps: Step[];
  /** Tools the tier needs on PATH; `install` names the Debian package that carries each. */
  needs?: { binary: string; debianPackage: string }[];
  /** Fetches or builds what the tier runs. Answers why the tier cannot run here, or undefined. */
  prepare?: (progress: (line: string) => void) => Promise<string | undefined>;
  /** Why a run of every tier leaves it out and counts it as skipped. Naming the tier runs it. */
  held?: string;
};

export type TierName =
  | "check"
  | "unit"
  | "integration"
  | "cluster"
  | "nodes"
  | "mesh"
  | "browser"
  | "e2e"
  | "images"
  | "faults";

const bin = (name: string): string => `node_modules/.bin/${name}`;
const redis = { binary: "redis-server", debianPackage: "redis-server" };

export const tiers: Record<TierName, Tier> = {
  check: {
    about: "format, lint with types, types, import rules, unused code, drift of generated files",
    steps: [
      { kind: "command", title: "types", command: bin("tsc"), args: ["--noEmit"] },
      {
        kind: "command",
        title: "types of the sandbox's page",
        command: bin("tsc"),
        args: ["--noEmit", "-p", "services/sandbox/src/page"],
      },
      {
        kind: "command",
        title: "format",
        command: bin("prettier"),
        args: ["--check", "--log-level", "warn", "."],
      },
      {
        kind: "command",
        title: "lint",
        command: bin("eslint"),
        args: ["--max-warnings", "0", "."],
      },
      {
        kind: "command",
        title: "import rules",
        command: bin("depcruise"),
        args: ["--config", ".dependency-cruiser.cjs", "services", "operator", "scripts"],
      },
      {
        kind: "command",
        title: "unused code",
        command: bin("knip"),
        args: ["--no-progress", "--no-config-hints"],
      },
      {
        kind: "command",
        title: "generated files",
        command: "node",
        args: ["scripts/src/generate.ts", "--check"],
      },
    ],
  },
  unit: {
    about: "pure rules and small parts, no network, no database",
    steps: [{ kind: "vitest", title: "unit", args: ["--project", "unit"] }],
  },
  integration: {
    about: "real Postgres and Redis, real Baileys against the sandbox, row-level-security vectors",
    needs: [redis],
    steps: [{ kind: "vitest", title: "integration", args: ["--project", "integration"] }],
  },
  cluster: {
    about: "a real Kubernetes control plane: our kinds, RBAC, autoscaling; pods are faked",
    needs: [redis],
    prepare: async (progress) => {
      const tools = await prepareClusterTools(progress);
      return "missing" in tools ? tools.missing : undefined;
    },
    steps: [{ kind: "vitest", title: "cluster", args: ["--project", "cluster"] }],
  },
  nodes: {
    about: "a Kubernetes of two real nodes: containers, Services, DNS, Ingress, NetworkPolicies",
    prepare: async (progress) => {
      const tools = await prepareNodeTools(progress);
      return "missing" in tools ? tools.missing : undefined;
    },
    steps: [{ kind: "vitest", title: "nodes", args: ["--project", "nodes"] }],
  },
  mesh: {
    held: "13 minutes, and the loss of a node needs a machine with nothing else to do; run it by name",
    about:
      "the chart and our images on real nodes: pairing, delivery, scaling, drain, loss of a node",
    needs: [redis],
    prepare: async (progress) => {
      const tools = await prepareNodeTools(progress);
      return "missing" in tools ? tools.missing : missingForImages(progress);
    },
    steps: [
      {
        kind: "vitest",
        title: "mesh",
        args: ["--project", "mesh"],
      },
    ],
  },
  browser: {
    about: "the sandbox's page in a real browser, against the real services",
    needs: [redis],
    prepare: async () =>
      (await findOnPath("google-chrome")) === undefined
        ? ensureBinary("chromium", "chromium", "the browser tests")
        : undefined,
    steps: [{ kind: "vitest", title: "browser", args: ["--project", "browser"] }],
  },
  e2e: {
    about: "the whole system: from a YAML account to a phone and back",
    needs: [redis],
    steps: [
      { kind: "command", title: "demo", command: "node", args: ["scripts/src/demo.ts", "--own"] },
      { kind: "vitest", title: "observed run", args: ["--project", "e2e"] },
    ],
  },
  images: {
    held: "minutes of building with a Docker engine; run it by name",
    about: "every image built and run: not root, nothing written, no shell, probes, SIGTERM",
    needs: [redis],
    prepare: missingForImages,
    steps: [{ kind: "vitest", title: "images", args: ["--project", "images"] }],
  },
  faults: {
    about:
      "300 kills and stops of the real processes under traffic, 40 when every tier runs; a ledger is the judge",
    needs: [redis],
    steps: [
      {
        kind: "command",
        title: "kills and stops",
        command: "node",
        args: ["tests/faults/main.ts"],
        argsInFullRun: ["--injections", "40", "--naive", "6"],
        figures: true,
      },
    ],
  },
};

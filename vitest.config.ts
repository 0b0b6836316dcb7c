import { defineConfig } from "vitest/config";

const folders = ["services/*/{src,tests}/**", "operator/{src,tests}/**", "scripts/**", "tests/**"];
const named = (ending: string): string[] => folders.map((folder) => `${folder}/*.${ending}`);
const never = ["**/node_modules/**"];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: named("test.ts"),
          exclude: [
            ...never,
            ...["int", "e2e", "cluster", "nodes", "mesh", "images", "browser"].map(
              (kind) => `**/*.${kind}.test.ts`,
            ),
          ],
          environment: "node",
          // Nothing waits for a clock here; a busy machine is slow all the same.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: "integration",
          include: named("int.test.ts"),
          exclude: never,
          environment: "node",
          globalSetup: ["services/platform/src/testing/global-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          // Every file has a database of its own; two at a time is what two cores take.
          maxWorkers: 2,
        },
      },
      {
        // The whole system as processes; a file starts one of its own.
        test: {
          name: "e2e",
          include: named("e2e.test.ts"),
          exclude: never,
          environment: "node",
          testTimeout: 60_000,
          hookTimeout: 600_000,
          maxWorkers: 1,
        },
      },
      {
        // Builds the images and runs them; one engine, so one file at a time.
        test: {
          name: "images",
          include: named("images.test.ts"),
          exclude: never,
          environment: "node",
          globalSetup: ["scripts/src/images/testing/global-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 1_800_000,
          maxWorkers: 1,
        },
      },
      {
        // Real processes behind a real browser; the tests of a file build on each other.
        test: {
          name: "browser",
          include: named("browser.test.ts"),
          exclude: never,
          environment: "node",
          globalSetup: ["services/platform/src/testing/global-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          maxWorkers: 1,
        },
      },
      {
        // Real nodes, as root; a file starts a cluster of its own, and the tests of a file build on each other.
        test: {
          name: "nodes",
          include: named("nodes.test.ts"),
          exclude: never,
          environment: "node",
          testTimeout: 120_000,
          hookTimeout: 600_000,
          maxWorkers: 1,
        },
      },
      {
        // As "nodes", with the images built and the chart installed.
        test: {
          name: "mesh",
          include: named("mesh.test.ts"),
          exclude: never,
          environment: "node",
          testTimeout: 300_000,
          hookTimeout: 1_200_000,
          maxWorkers: 1,
        },
      },
      {
        test: {
          name: "cluster",
          include: named("cluster.test.ts"),
          exclude: never,
          environment: "node",
          // Autoscalers follow the queue of the real orchestrator, so there is a Postgres and a Redis, too.
          globalSetup: [
            "scripts/src/cluster/testing/global-setup.ts",
            "services/platform/src/testing/global-setup.ts",
          ],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});

import { defineConfig } from "vitest/config";

const folders = ["services/*", "operator"].flatMap((folder) => [
  `${folder}/src`,
  `${folder}/tests`,
]);
const places = [...folders, "scripts", "tests"];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: places.map((place) => `${place}/**/*.test.ts`),
          exclude: ["**/node_modules/**", "**/*.int.test.ts"],
          environment: "node",
        },
      },
      {
        test: {
          name: "integration",
          include: places.map((place) => `${place}/**/*.int.test.ts`),
          exclude: ["**/node_modules/**"],
          environment: "node",
          globalSetup: ["services/platform/src/testing/global-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});

import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

const pages = globSync("**/*.md", {
  cwd: root,
  exclude: (name) => /(^|\/)(node_modules|\.rarity|\.git)$/.test(name),
});

/** Relative targets of the links of one page, without their anchors. */
function targetsOf(page: string): string[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target.split("#", 1).join())
    .filter((target) => target !== "" && !/^[a-z]+:/.test(target));
}

test("every link between the project's pages leads somewhere", () => {
  expect(pages).toContain("README.md");
  const broken = pages.flatMap((page) =>
    targetsOf(page)
      .filter((target) => !existsSync(join(root, dirname(page), target)))
      .map((target) => `${page}: ${target}`),
  );
  expect(broken).toEqual([]);
});

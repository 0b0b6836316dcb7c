import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { publicBase } from "./base.ts";
import { families, familyNames } from "./families.ts";
import { projectRoot, readProject } from "./project.ts";

const read = (file: string): string => readFileSync(join(projectRoot, file), "utf8");
const files = [...new Set(familyNames.map((family) => families[family].dockerfile))];
const workspaces = readdirSync(join(projectRoot, "services"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

describe.each(files)("%s", (file) => {
  const text = read(file);

  it("starts from the Node the project pins, unless told otherwise", () => {
    expect(text).toContain(`ARG BASE=${publicBase(readProject().nodeVersion)}\n`);
  });

  it("knows the manifest of every workspace: npm ci checks them against the lockfile", () => {
    const missing = workspaces.filter(
      (name) => !text.includes(`COPY services/${name}/package.json services/${name}/\n`),
    );
    expect(missing).toEqual([]);
  });

  it("ends in stages that start from nothing and run as a number", () => {
    const stages = text.split(/^FROM /m).filter((stage) => stage.startsWith("scratch AS "));
    expect(stages.length).toBeGreaterThan(0);
    for (const stage of stages) expect(stage).toContain("\nUSER 10001:10001\n");
  });

  it("copies no GPL part into an image that says it has none", () => {
    const withGpl = familyNames
      .filter((family) => families[family].gpl)
      .map((family) => families[family].target);
    for (const stage of text.split(/^FROM /m)) {
      const name = /^scratch AS (\S+)/.exec(stage)?.[1];
      if (name === undefined || withGpl.includes(name as (typeof withGpl)[number])) continue;
      expect(stage).not.toMatch(/^COPY services\/(whatsapp|sandbox) /m);
      expect(stage).toContain('licenses="Apache-2.0"');
    }
  });
});

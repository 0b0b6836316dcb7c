import type { Value } from "./read-values.ts";

const leaves = (values: readonly Value[]): Value[] =>
  values.flatMap((value) => (value.children.length > 0 ? leaves(value.children) : [value]));

const cell = (text: string): string => text.replaceAll("|", "\\|");

const defaultOf = (value: unknown): string => `\`${cell(JSON.stringify(value))}\``;

const row = ({ path, description, ...value }: Value): string =>
  `| \`${path.join(".")}\` | ${cell(description)} | ${defaultOf(value.default)} |`;

const table = (section: string, values: readonly Value[]): string =>
  [`### ${section}`, "", "| Value | What it does | Default |", "| --- | --- | --- |"]
    .concat(values.map(row))
    .join("\n");

/** The table of all values, by section, in the order of values.yaml. */
export const valuesTables = (values: readonly Value[]): string => {
  const all = leaves(values);
  const sections = [...new Set(all.map(({ section }) => section))];
  return sections
    .map((section) =>
      table(
        section,
        all.filter((value) => value.section === section),
      ),
    )
    .join("\n\n");
};

const begin = "<!-- values: generated from values.yaml -->";
const end = "<!-- end of values -->";

/** The README with its tables replaced; everything outside the marks is written by hand. */
export const withTables = (readme: string, values: readonly Value[]): string => {
  const [before, rest] = readme.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`the chart's README lacks the marks ${begin} and ${end}`);
  return `${before}${begin}\n\n${valuesTables(values)}\n\n${end}${after}`;
};

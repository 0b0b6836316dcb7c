/** One SQL file, in the order in which the files are applied. */
export type SqlFile = { path: string; sql: string };

export type FunctionEntry = {
  name: string;
  path: string;
  /** Of its definition that counts, from 1. */
  line: number;
  /** First sentence of the comment before it, or before an earlier definition. */
  about: string;
};

/**
 * Where each database function's definition stands that counts: applied migrations never change, so a function
 * that was improved is defined again in a later file. Overloads count as one.
 */
export const indexFunctions = (files: readonly SqlFile[]): FunctionEntry[] => {
  const entries = new Map<string, FunctionEntry>();
  const comments = new Map<string, string>();
  for (const { path, sql } of files) {
    const lines = sql.split("\n");
    lines.forEach((text, index) => {
      const dropped = /^drop function (?:if exists )?([\w.]+)/.exec(text)?.[1];
      if (dropped !== undefined) entries.delete(dropped);
      const name = /^create (?:or replace )?function ([\w.]+)\(/.exec(text)?.[1];
      if (name === undefined) return;
      const about = sentenceBefore(lines, index) ?? comments.get(name) ?? "";
      comments.set(name, about);
      entries.set(name, { name, path, line: index + 1, about });
    });
  }
  return [...entries.values()].sort((a, b) => a.name.localeCompare(b.name));
};

const sentenceBefore = (lines: readonly string[], index: number): string | undefined => {
  let from = index;
  while (lines[from - 1]?.startsWith("-- ")) from -= 1;
  const text = lines
    .slice(from, index)
    .map((line) => line.slice(3))
    .join(" ");
  return text === "" ? undefined : (/^.*?[.?](?=\s|$)/.exec(text)?.[0] ?? text);
};

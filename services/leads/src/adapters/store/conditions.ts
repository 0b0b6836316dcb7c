import type { PageStart } from "../../domain/page.ts";

export interface Conditions {
  /** Skips an undefined value; `condition` gets the value's placeholder. */
  add(value: unknown, condition: (place: string) => string): void;
  readonly where: () => string;
  readonly values: unknown[];
}

export function createConditions(...always: string[]): Conditions {
  const clauses = ["true", ...always];
  const values: unknown[] = [];
  return {
    values,
    where: () => clauses.join(" and "),
    add: (value, condition) => {
      if (value === undefined) return;
      values.push(value);
      clauses.push(condition(`$${values.length}`));
    },
  };
}

/** Adds the cursor's condition; answers the order and limit that go with it. */
export function addPage(conditions: Conditions, start: PageStart): string {
  conditions.add(start.after, (place) => `id < ${place}`);
  conditions.add(start.before, (place) => `id > ${place}`);
  const order = start.before === undefined ? "desc" : "asc";
  // One more than asked for tells whether another page follows.
  return `order by id ${order} limit ${start.limit + 1}`;
}

/** A pattern that finds the text itself, whatever wildcards it holds. */
export function containing(text: string | undefined): string | undefined {
  return text === undefined ? undefined : `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}

export interface Assignments {
  readonly set: string[];
  readonly values: readonly unknown[];
}

/** `column = $n` for every field the patch names; null is a value, undefined is not. */
export function assignmentsOf<P extends object>(
  patch: P,
  columns: Readonly<Record<keyof P & string, string>>,
  firstPlace: number,
): Assignments {
  const set: string[] = [];
  const values: unknown[] = [];
  for (const [field, column] of Object.entries<string>(columns)) {
    const value = patch[field as keyof P];
    if (value === undefined) continue;
    set.push(`${column} = $${firstPlace + values.length}`);
    values.push(value);
  }
  return { set, values };
}

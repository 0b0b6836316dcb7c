import { expect, test } from "vitest";
import { describeControlApi } from "./index.ts";

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null;

/** Paths of the fields below `value` that nobody has described. */
function undescribed(value: unknown, path: string): string[] {
  if (!isObject(value)) return [];
  const own: string[] = [];
  if (isObject(value["properties"])) {
    for (const [name, field] of Object.entries(value["properties"])) {
      const described = isObject(field) && ("description" in field || "$ref" in field);
      if (!described) own.push(`${path}.${name}`);
    }
  }
  return [
    ...own,
    ...Object.entries(value).flatMap(([name, child]) => undescribed(child, `${path}.${name}`)),
  ];
}

const document = describeControlApi();
const operations = Object.entries(
  document["paths"] as Record<string, Record<string, Json>>,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

test("every field of every request and answer says what it means", () => {
  expect(undescribed(document, "")).toEqual([]);
});

test.each(operations)(
  "$method $path has a name, a summary and described parameters",
  ({ operation }) => {
    expect(operation).toMatchObject({
      operationId: expect.stringMatching(/^[a-z]\w+$/) as unknown,
      summary: expect.stringMatching(/.{8}/) as unknown,
    });
    const parameters = (operation["parameters"] ?? []) as { schema: Json }[];
    for (const { schema } of parameters) expect(schema).toHaveProperty("description");
  },
);

test("no object of a request takes fields it does not name", () => {
  const open: string[] = [];
  const look = (value: unknown, path: string): void => {
    if (!isObject(value)) return;
    if (isObject(value["properties"]) && value["additionalProperties"] !== false) open.push(path);
    for (const [name, child] of Object.entries(value)) look(child, `${path}/${name}`);
  };
  for (const { path, operation } of operations) look(operation["requestBody"], path);
  expect(open).toEqual([]);
});

test("operation names are used once", () => {
  const names = operations.map(({ operation }) => operation["operationId"]);
  expect(new Set(names).size).toBe(names.length);
});

import { expect, it } from "vitest";
import { indexFunctions } from "./function-index.ts";

it("names the last definition, with the comment of an earlier one where it has none", () => {
  const first = "-- Takes what is\n-- due. In groups.\ncreate function a.take(p int) returns int\n";
  const second = "select 1;\ncreate or replace function a.take(p int) returns int\n";
  const files = [
    { path: "1.sql", sql: first },
    { path: "2.sql", sql: second },
  ];
  const about = "Takes what is due.";
  expect(indexFunctions(files)).toEqual([{ name: "a.take", path: "2.sql", line: 2, about }]);
});

it("leaves out what was dropped, unless it came back", () => {
  const sql = "create function a.gone(\ncreate function a.back(\ndrop function a.gone(int);\n";
  const again = "drop function if exists a.back(int);\ncreate function a.back(\n";
  const files = [
    { path: "1.sql", sql },
    { path: "2.sql", sql: again },
  ];
  expect(indexFunctions(files).map(({ name, path }) => [name, path])).toEqual([
    ["a.back", "2.sql"],
  ]);
});

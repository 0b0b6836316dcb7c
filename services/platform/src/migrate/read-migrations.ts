import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

export type Migration = {
  service: string;
  version: number;
  name: string;
  /** Who runs it: the first line of the file may say `-- role: admin` or `-- role: rarity_system`. */
  role: "admin" | "rarity_owner" | "rarity_system";
  sql: string;
};

const roleOf = (sql: string): Migration["role"] => {
  const found = /^-- role: (admin|rarity_owner|rarity_system)$/m.exec(sql.split("\n")[0] ?? "");
  return (found?.[1] as Migration["role"] | undefined) ?? "rarity_owner";
};

/** The numbered files of one service, in order. A gap or a twin number is an error. */
export const readMigrations = async (service: string, folder: string): Promise<Migration[]> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name, index) => {
      const version = Number(name.slice(0, 4));
      if (version !== index + 1)
        throw new Error(`${service}/${name}: expected number ${index + 1}`);
      const sql = await readFile(join(folder, name), "utf8");
      return { service, version, name, role: roleOf(sql), sql };
    }),
  );
};

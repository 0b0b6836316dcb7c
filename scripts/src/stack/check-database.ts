import pg from "pg";
import { holdsOtherSealKey } from "@rarity/platform/migrate";
import { Unavailable } from "../lib/unavailable.ts";

/** Views that check the caller's rights (security_invoker) came with this version. */
const versionMin = 150_000;

/**
 * Looks at the Postgres of DATABASE_URL before anything is changed, and answers what will be done to it.
 * Errors say what to do and never show the password.
 */
export const checkDatabase = async (
  databaseUrl: string,
  keys: { tenantSealKey: string; rolePassword: string },
): Promise<string> => {
  const { host, database, user } = describe(databaseUrl);
  const client = new pg.Client({
    connectionString: databaseUrl,
    connectionTimeoutMillis: 10_000,
    query_timeout: 10_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch (error) {
    throw new Unavailable(connectProblem(error as NodeJS.ErrnoException, { host, database, user }));
  }
  try {
    const { rows } = await client.query<Facts>(factsSql);
    const problem = findProblem(rows[0], { database, user });
    if (problem !== undefined) throw new Unavailable(problem);
    const isForeign =
      (await holdsOtherSealKey(client, keys.tenantSealKey)) ||
      (rows[0]?.has_roles === true && (await refusesRole(databaseUrl, keys.rolePassword)));
    if (isForeign) throw new Unavailable(foreign(host, database));
  } finally {
    await client.end();
  }
  return (
    `Using the Postgres of DATABASE_URL (database "${database}" at ${host}). In it: the schemas app, ` +
    "tenancy, auth_local, leads, channels and messaging, helpers in auth where there are none, and narrower rights for " +
    "everybody else; on the whole server: the roles rarity_*, anon, authenticated, authenticator and " +
    "service_role where missing. Other schemas are left alone"
  );
};

type Place = { host: string; database: string; user: string };
type Facts = {
  version: number;
  can_create_roles: boolean;
  can_create: boolean;
  has_roles: boolean;
};

/** Roles belong to the whole server: an installation in another of its databases may use them. */
const refusesRole = async (databaseUrl: string, password: string): Promise<boolean> => {
  const url = new URL(databaseUrl);
  url.username = "rarity_leads";
  url.password = password;
  const client = new pg.Client({
    connectionString: url.toString(),
    connectionTimeoutMillis: 10_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.end();
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "28P01";
  }
};

const factsSql = `
  select current_setting('server_version_num')::int as version,
         rolsuper or rolcreaterole as can_create_roles,
         has_database_privilege(current_database(), 'CREATE') as can_create,
         to_regrole('rarity_leads') is not null as has_roles
  from pg_roles where rolname = current_user`;

const describe = (databaseUrl: string): Place => {
  try {
    const url = new URL(databaseUrl);
    if (!/^postgres(ql)?:$/.test(url.protocol)) throw new Error("not a postgres URL");
    const user = decodeURIComponent(url.username);
    return { host: url.host, database: decodeURIComponent(url.pathname.slice(1)) || user, user };
  } catch {
    throw new Unavailable(
      "DATABASE_URL is not a Postgres URL. It looks like postgres://user:password@host:5432/database",
    );
  }
};

const connectProblem = (error: NodeJS.ErrnoException, { host, database, user }: Place): string => {
  if (error.code === "3D000") {
    return `DATABASE_URL: the server at ${host} has no database "${database}". Make it: create database "${database}";`;
  }
  if (error.code === "28P01" || error.code === "28000") {
    return `DATABASE_URL: the server at ${host} refused the user "${user}" (wrong password, or not allowed from here).`;
  }
  if (error.code === "42501") {
    return `DATABASE_URL: the user "${user}" may not connect to "${database}" at ${host}. As its owner: grant connect on database "${database}" to "${user}";`;
  }
  const reason = error.code ?? error.message;
  return `DATABASE_URL: no Postgres answers at ${host} (${reason}). Start it, or leave DATABASE_URL unset: scripts/up then brings its own.`;
};

const findProblem = (
  facts: Facts | undefined,
  { database, user }: Pick<Place, "database" | "user">,
): string | undefined => {
  if (facts === undefined) return `DATABASE_URL: the role "${user}" cannot read pg_roles.`;
  if (facts.version < versionMin) {
    return `DATABASE_URL: PostgreSQL 15 or newer is needed; this one is ${Math.floor(facts.version / 10_000)}.`;
  }
  if (!facts.can_create_roles) {
    return `DATABASE_URL: the user "${user}" may not create roles. As an administrator: alter role "${user}" createrole;`;
  }
  if (!facts.can_create) {
    return `DATABASE_URL: the user "${user}" may not create schemas in "${database}". As its owner: grant create on database "${database}" to "${user}";`;
  }
  return undefined;
};

const foreign = (host: string, database: string): string =>
  `DATABASE_URL: another installation uses the server at ${host}: the keys of "${database}" or the passwords of ` +
  "the roles rarity_* are not the ones in data/secrets.json. Give each installation a database server of " +
  "its own, or copy that file from the clone that made it. If that one is gone for good, drop its " +
  "databases and the roles rarity_*, then try again.";

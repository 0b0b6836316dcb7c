import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, problemsOf, problemsOfDocument, type Answer, type Ask } from "./client.ts";
import { digestTables } from "./digest.ts";
import { operations, type Operation } from "./operations.ts";
import {
  idKindAt,
  idPlaces,
  kindOf,
  replaced,
  sampleOf,
  variantsOf,
  wrongFor,
  wrongParameter,
  type Ids,
} from "./sample.ts";
import { idKinds, seedTenant, type Tenant } from "./seed.ts";
import { startWorld, type World } from "./world.ts";

const canary = "canary-of-b";
const all = operations();
let world: World;
let a: Tenant;
let b: Tenant;
beforeAll(async () => {
  world = await startWorld();
  a = await seedTenant(world, "tenant-a", "+14155550901");
  b = await seedTenant(world, canary, "+14155550902");
});
afterAll(() => world.stop());

const pathFor = (operation: Operation, id: string): string =>
  operation.path.replace("{id}", encodeURIComponent(id));
const hasId = (operation: Operation): boolean => operation.path.includes("{id}");
const takesBody = ({ method }: Operation): boolean => method !== "GET" && method !== "DELETE";
const isOpen = ({ route }: Operation): boolean => route.auth === "none";

/** A request of tenant A's owner that has nothing wrong with it. */
const good = (operation: Operation): Ask => ({
  method: operation.method,
  path: pathFor(operation, hasId(operation) ? a.ids[kindOf(operation.path)] : ""),
  token: isOpen(operation) ? undefined : a.token,
  ...(operation.route.rawBody === undefined
    ? {}
    : { rawBody: new Uint8Array(8), contentType: "image/png" }),
  ...(operation.body === undefined ? {} : { body: sampleOf(operation.body, a.ids) }),
});

type Case = [title: string, change: Ask, code: string];

function identityCases(operation: Operation, expired: string, homeless: string): Case[] {
  if (isOpen(operation)) return [];
  const scoped = (operation.route.scopes ?? []).length > 0;
  return [
    ["no token", { token: undefined }, "UNAUTHENTICATED"],
    ["not a token", { token: "abc.def.ghi" }, "UNAUTHENTICATED"],
    ["expired token", { token: expired }, "UNAUTHENTICATED"],
    ["unknown API key", { token: `rlk_${"x".repeat(43)}` }, "UNAUTHENTICATED"],
    ["internal token", { token: "internal-token-of-the-test" }, "UNAUTHENTICATED"],
    [
      "not a bearer",
      { token: undefined, headers: { authorization: "Basic x" } },
      "UNAUTHENTICATED",
    ],
    ...(operation.route.auth === "tenant"
      ? ([["no organization", { token: homeless }, "FORBIDDEN"]] satisfies Case[])
      : []),
    ...(scoped && !operation.route.scopes?.includes("org:read")
      ? ([["an API key without the scope", { token: a.narrowKey }, "FORBIDDEN"]] satisfies Case[])
      : []),
  ];
}

function addressCases(operation: Operation): Case[] {
  const cases: Case[] = [
    ["extra query key", { query: "?surprise=1" }, "VALIDATION_FAILED"],
    ["__proto__ as a query key", { query: "?__proto__=1&__proto__[x]=1" }, "VALIDATION_FAILED"],
    ["NUL in the query", { query: "?q=%00" }, "VALIDATION_FAILED"],
    ["another method", { method: "PUT" }, "METHOD_NOT_ALLOWED"],
  ];
  if (hasId(operation)) {
    cases.push(
      ["an id that is none", { path: pathFor(operation, "not-an-id") }, "VALIDATION_FAILED"],
      [
        "an id that is not decodable",
        { path: operation.path.replace("{id}", "%zz") },
        "VALIDATION_FAILED",
      ],
      ["SQL for an id", { path: pathFor(operation, "1' or 1=1 --") }, "VALIDATION_FAILED"],
      [
        "an id of 150 characters",
        { path: pathFor(operation, "a".repeat(150)) },
        "VALIDATION_FAILED",
      ],
    );
  }
  for (const parameter of operation.parameters.filter((one) => one.in === "query")) {
    const { name } = parameter;
    const wrong = wrongParameter(parameter);
    cases.push([`${name} twice`, { query: `?${name}=1&${name}=2` }, "VALIDATION_FAILED"]);
    if (wrong === undefined) continue;
    const query = `?${name}=${encodeURIComponent(wrong)}`;
    cases.push([`wrong ${name}`, { query }, "VALIDATION_FAILED"]);
  }
  return cases;
}

const megabyte = 1024 * 1024;

function bodyCases(operation: Operation): Case[] {
  if (!takesBody(operation)) return [];
  const raw = operation.route.rawBody;
  if (raw !== undefined) {
    return [
      ["a type of media nobody takes", { contentType: "text/html" }, "UNSUPPORTED_MEDIA_TYPE"],
      ["JSON", { contentType: "application/json" }, "UNSUPPORTED_MEDIA_TYPE"],
      [
        "bytes of another type",
        { rawBody: "<html>", contentType: "image/png" },
        "UNSUPPORTED_MEDIA",
      ],
      ["too many bytes", { rawBody: new Uint8Array(raw.maxBytes + 1) }, "PAYLOAD_TOO_LARGE"],
    ];
  }
  const body = operation.body === undefined ? {} : (sampleOf(operation.body, a.ids) as object);
  const text = JSON.stringify(body);
  const inside = (json: string): Ask => ({
    rawBody: text === "{}" ? `{${json}}` : text.replace("{", `{${json},`),
  });
  return [
    ["extra field", { body: { ...body, surprise: 1 } }, "VALIDATION_FAILED"],
    ["a list for a body", { body: [body] }, "VALIDATION_FAILED"],
    ["a number for a body", { body: 7 }, "VALIDATION_FAILED"],
    ["null for a body", { rawBody: "null" }, takesNothing(operation) ? "" : "VALIDATION_FAILED"],
    ["half a body", { rawBody: text.slice(0, -1) }, "MALFORMED_JSON"],
    ["not JSON", { rawBody: "to=me&text=hello" }, "MALFORMED_JSON"],
    ["not UTF-8", { rawBody: Buffer.from('{"a":"\xff\xfe"}', "latin1") }, "MALFORMED_JSON"],
    ["another media type", { body, contentType: "text/plain" }, "UNSUPPORTED_MEDIA_TYPE"],
    ["a form", { body, contentType: "multipart/form-data" }, "UNSUPPORTED_MEDIA_TYPE"],
    ["too large", { body: { ...body, pad: "x".repeat(megabyte) } }, "PAYLOAD_TOO_LARGE"],
    ["__proto__", inside('"__proto__":{"admin":true}'), "MALFORMED_JSON"],
    ["constructor", inside('"constructor":{"prototype":{"admin":true}}'), "MALFORMED_JSON"],
    ["NUL", inside(String.raw`"surprise":"\u0000"`), "VALIDATION_FAILED"],
    ["half a surrogate pair", inside(String.raw`"surprise":"\ud800"`), "VALIDATION_FAILED"],
    [
      "nested a thousand deep",
      inside(`"x":${"[".repeat(1000)}${"]".repeat(1000)}`),
      "VALIDATION_FAILED",
    ],
  ].filter(([, , code]) => code !== "") as Case[];
}

/** No body, or one that may be absent: null is as good as nothing there. */
const takesNothing = ({ route }: Operation): boolean =>
  route.body === undefined || route.bodyOptional === true;

function fieldCases(operation: Operation): Case[] {
  if (operation.body === undefined) return [];
  const body = sampleOf(operation.body, a.ids) as object;
  const fields = Object.entries(operation.body.properties ?? {});
  return fields.flatMap(([name, field]): Case[] => {
    const change = (value: unknown): Ask => ({ body: { ...body, [name]: value } });
    const required = operation.body?.required?.includes(name) === true;
    return [
      [`${name} of another type`, change(wrongFor(field)), "VALIDATION_FAILED"],
      ...(required
        ? ([[`no ${name}`, change(undefined), "VALIDATION_FAILED"]] satisfies Case[])
        : []),
    ];
  });
}

test("the samples are what the contracts take, so that one thing at a time is wrong", () => {
  for (const { id, body, route } of all) {
    if (body === undefined) continue;
    const parsed = route.body?.safeParse(sampleOf(body, a.ids));
    expect(parsed?.error?.issues ?? [], id).toEqual([]);
  }
});

describe.each(all)("$method $path", (operation) => {
  test("whatever is wrong has its documented code, and nothing is stored", async () => {
    const expired = await world.sign({
      sub: a.userId,
      exp: Math.floor(Date.now() / 1000) - 5,
      role: "authenticated",
      app_metadata: { org_id: a.orgId, org_role: "owner" },
    });
    const homeless = await world.tokenFor({ userId: a.userId, orgId: null });
    const viewer = await world.tokenFor({ userId: a.userId, orgId: a.orgId, role: "viewer" });
    const writes = (operation.route.scopes ?? []).some((scope) => scope.endsWith(":write"));
    const cases: Case[] = [
      ...identityCases(operation, expired, homeless),
      ...(writes ? ([["a viewer", { token: viewer }, "FORBIDDEN"]] satisfies Case[]) : []),
      ...addressCases(operation),
      ...bodyCases(operation),
      ...fieldCases(operation),
    ];
    const before = await digestTables(world.admin);
    const problems: string[] = [];
    for (const [title, change, code] of cases) {
      const answer = await ask(world.edge, { ...good(operation), ...change });
      const found = problemsOf(answer, code, operation);
      problems.push(...found.map((problem) => `${title}: ${problem}`));
      if (answer.text.includes(canary)) problems.push(`${title}: shows another tenant's data`);
    }
    expect(problems).toEqual([]);
    expect(await digestTables(world.admin)).toEqual(before);
  });

  test("the same in RFC 9457 for who asks for it", async () => {
    const headers = { accept: "application/problem+json" };
    const refused = await ask(world.edge, { ...good(operation), query: "?surprise=1", headers });
    expect(problemsOfDocument(refused, "VALIDATION_FAILED")).toEqual([]);
  });

  test.runIf(hasId(operation))("another tenant's id is answered like an unknown one", async () => {
    const before = await digestTables(world.admin);
    const foreign = await ask(world.edge, withId(operation, b.ids[kindOf(operation.path)]));
    const unknown = await ask(world.edge, withId(operation, uuidv7()));
    expect(problemsOf(unknown, "NOT_FOUND", operation)).toEqual([]);
    expect(comparable(foreign)).toEqual(comparable(unknown));
    expect(await digestTables(world.admin)).toEqual(before);
  });
});

const withId = (operation: Operation, id: string): Ask => ({
  ...good(operation),
  path: pathFor(operation, id),
  requestId: "compared-request",
});

/** Everything a caller sees but the clock. */
const comparable = ({ status, text, headers }: Answer): object => ({
  status,
  text,
  headers: [...headers].filter(([name]) => name !== "date" && name !== "keep-alive"),
});

/** Ids are not known yet when tests are listed, and their places do not depend on them. */
const anyIds = Object.fromEntries(idKinds.map((kind) => [kind, kind])) as Ids;

const withReferences = all.flatMap((operation) =>
  (operation.body === undefined ? [] : variantsOf(operation.body, anyIds)).flatMap(
    (variant, index) =>
      idPlaces(variant).map((place) => ({
        operation,
        index,
        place,
        title: `${operation.id} ${place.join(".")} (${index})`,
      })),
  ),
);

test.each(withReferences)("$title: another tenant's id is like an unknown one", async (one) => {
  const { operation, place, index } = one;
  const kind = idKindAt(place);
  const body = variantsOf(operation.body ?? {}, a.ids)[index];
  const send = (id: string): Promise<Answer> =>
    ask(world.edge, {
      ...good(operation),
      body: replaced(body, place, id),
      requestId: "compared-request",
    });
  const before = await digestTables(world.admin);
  const foreign = await send(b.ids[kind]);
  const unknown = await send(uuidv7());
  expect(comparable(foreign)).toEqual(comparable(unknown));
  expect(foreign.status).toBeGreaterThanOrEqual(400);
  expect(await digestTables(world.admin)).toEqual(before);
});

test("a filter by another tenant's id finds what a filter by an unknown one finds", async () => {
  const filters = all.flatMap((operation) =>
    operation.parameters
      .filter((one) => one.in === "query" && one.schema.format === "uuid")
      .map(({ name }) => ({ operation, name })),
  );
  expect(filters.length).toBeGreaterThan(3);
  for (const { operation, name } of filters) {
    const find = (id: string): Promise<Answer> =>
      ask(world.edge, {
        ...good(operation),
        query: `?${name}=${id}`,
        requestId: "compared-request",
      });
    const [foreign, unknown] = [await find(b.ids[idKindAt([name])]), await find(uuidv7())];
    expect(comparable(foreign), `${operation.id} ${name}`).toEqual(comparable(unknown));
  }
});

import { randomUUID } from "node:crypto";
import type { ErrorEnvelope } from "@rarity/contracts/errors";
import { Company, ContactIdentity, Lead } from "@rarity/contracts/leads";
import { pageOf } from "@rarity/contracts/pagination";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  codeOf,
  refused,
  startLeadsFixture,
  type Answer,
  type LeadsFixture,
} from "./leads-fixture.ts";

let leads: LeadsFixture;
let token: string;
const org = randomUUID();
let foreign: string;
beforeAll(async () => {
  leads = await startLeadsFixture();
  token = await leads.tokenFor(org);
  foreign = await leads.tokenFor(randomUUID());
});
afterAll(() => leads.stop());

const LeadPage = pageOf(Lead);
const CompanyPage = pageOf(Company);

async function createLead(body: object = {}, as = token): Promise<Lead> {
  const answer = await leads.call("POST", "/api/leads", { token: as, body });
  expect(answer.status, answer.text).toBe(201);
  return Lead.parse(answer.json);
}

async function createCompany(body: object, as = token): Promise<Company> {
  const answer = await leads.call("POST", "/api/companies", { token: as, body });
  expect(answer.status, answer.text).toBe(201);
  return Company.parse(answer.json);
}

async function listLeads(query: string, as = token): Promise<ReturnType<typeof LeadPage.parse>> {
  const answer = await leads.call("GET", `/api/leads?${query}`, { token: as });
  expect(answer.status, answer.text).toBe(200);
  return LeadPage.parse(answer.json);
}

const phone = (value: string, more: object = {}): object => ({
  channel: "whatsapp",
  kind: "phone",
  value,
  ...more,
});

describe("a lead", () => {
  it("is created with its addresses and read back the same", async () => {
    const account = await leads.createAccount(org);
    const created = await createLead({
      firstName: "Ada",
      country: "GB",
      timeZone: "Europe/London",
      identities: [
        phone("14155550100"),
        { channel: "whatsapp", kind: "lid", value: "123456789", scopeAccountId: account },
      ],
    });
    expect(created).toMatchObject({ firstName: "Ada", stage: "new", version: 1, optedOut: false });
    expect(created.identities.map(({ value, scopeAccountId }) => [value, scopeAccountId])).toEqual(
      expect.arrayContaining([
        ["+14155550100", null],
        ["123456789", account],
      ]),
    );
    const read = await leads.call("GET", `/api/leads/${created.id}`, { token });
    expect(read.headers.get("etag")).toBe('"1"');
    const { identities, ...rest } = Lead.parse(read.json);
    expect({ ...rest, identities: new Set(identities) }).toEqual({
      ...created,
      identities: new Set(created.identities),
    });
  });

  it("leaves nothing behind when an address is taken", async () => {
    await createLead({ identities: [phone("+14155550101")] });
    const body = { lastName: "Leftover", identities: [phone("+14155550101")] };
    expect(codeOf(await leads.call("POST", "/api/leads", { token, body }))).toEqual(
      refused("CONFLICT"),
    );
    expect((await listLeads("q=Leftover")).data).toEqual([]);
    // Another organization may know the same person.
    await createLead({ identities: [phone("+14155550101")] }, foreign);
  });

  it("changes only what a patch names, and clears what it sets to null", async () => {
    const { id } = await createLead({ firstName: "Grace", title: "Admiral" });
    const body = { title: null, stage: "qualified", optedOut: true };
    const answer = await leads.call("PATCH", `/api/leads/${id}`, { token, body });
    expect(Lead.parse(answer.json)).toMatchObject({
      firstName: "Grace",
      title: null,
      stage: "qualified",
      optedOut: true,
      version: 2,
    });
    const empty = await leads.call("PATCH", `/api/leads/${id}`, { token, body: {} });
    expect(Lead.parse(empty.json).version).toBe(2);
  });

  it("refuses a write based on an older version", async () => {
    const { id } = await createLead({ firstName: "Old" });
    const patch = (firstName: string, ifMatch: string): Promise<Answer> =>
      leads.call("PATCH", `/api/leads/${id}`, {
        token,
        body: { firstName },
        headers: { "if-match": ifMatch },
      });
    const first = await patch("New", '"1"');
    expect([first.status, first.headers.get("etag")]).toEqual([200, '"2"']);
    const late = await patch("Late", '"1"');
    expect(codeOf(late)).toEqual(refused("VERSION_MISMATCH"));
    expect((late.json as ErrorEnvelope).error.details).toEqual({ version: 2 });
    expect(codeOf(await patch("Odd", "yesterday"))).toEqual(refused("VALIDATION_FAILED"));
    const read = await leads.call("GET", `/api/leads/${id}`, { token });
    expect(Lead.parse(read.json).firstName).toBe("New");
  });

  it("lets exactly one of two writers with the same version win", async () => {
    const { id } = await createLead();
    const patch = (firstName: string): Promise<Answer> =>
      leads.call("PATCH", `/api/leads/${id}`, {
        token,
        body: { firstName },
        headers: { "if-match": '"1"' },
      });
    const both = await Promise.all([patch("One"), patch("Two")]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  it("takes another address, once per scope", async () => {
    const { id } = await createLead();
    const path = `/api/leads/${id}/identities`;
    const add = (body: object): Promise<Answer> => leads.call("POST", path, { token, body });
    const [account, other] = [await leads.createAccount(org), await leads.createAccount(org)];
    const scoped = { channel: "facebook", kind: "psid", value: "77", scopeAccountId: account };
    const added = await add(scoped);
    expect(added.status).toBe(201);
    expect(ContactIdentity.parse(added.json)).toMatchObject({ ...scoped, leadId: id, valid: true });
    expect(codeOf(await add(scoped))).toEqual(refused("CONFLICT"));
    expect((await add({ ...scoped, scopeAccountId: other })).status).toBe(201);
    const read = Lead.parse((await leads.call("GET", `/api/leads/${id}`, { token })).json);
    expect([read.identities.length, read.version]).toEqual([2, 3]);
  });
});

describe("listing", () => {
  it("walks every lead once with cursors, newest first, and back again", async () => {
    const own = await leads.tokenFor(randomUUID());
    const made: string[] = [];
    for (let n = 0; n < 5; n++) made.push((await createLead({ firstName: `L${n}` }, own)).id);
    const newestFirst = made.toSorted().reverse();

    const first = await listLeads("limit=2", own);
    const second = await listLeads(`limit=2&after=${first.page.next ?? ""}`, own);
    const third = await listLeads(`limit=2&after=${second.page.next ?? ""}`, own);
    const walked = [first, second, third].flatMap(({ data }) => data.map(({ id }) => id));
    expect(walked).toEqual(newestFirst);
    expect(third.page).toMatchObject({ next: null, hasMore: false });
    expect(first.page.prev).toBeNull();

    const back = await listLeads(`limit=2&before=${third.page.prev ?? ""}`, own);
    expect(back.data).toEqual(second.data);
  });

  it("filters, and takes wildcards as text", async () => {
    const own = await leads.tokenFor(randomUUID());
    const { id: companyId } = await createCompany({ name: "Acme" }, own);
    const ada = await createLead({ firstName: "Ada", lastName: "King", companyId }, own);
    const bob = await createLead(
      { title: "100% Boss", stage: "won", identities: [phone("+14155550102")] },
      own,
    );
    const found = async (query: string): Promise<string[]> =>
      (await listLeads(query, own)).data.map(({ id }) => id);
    expect(await found(`companyId=${companyId}`)).toEqual([ada.id]);
    expect(await found("stage=won")).toEqual([bob.id]);
    expect(await found("channel=whatsapp")).toEqual([bob.id]);
    expect(await found("q=ada%20k")).toEqual([ada.id]);
    expect(await found("q=0%25%20b")).toEqual([bob.id]);
    expect(await found("q=_")).toEqual([]);
    expect(await found("updatedSince=2999-01-01T00:00:00Z")).toEqual([]);
  });

  it.each([
    "limit=0",
    "limit=201",
    "after=nonsense",
    "after=e30&before=e30",
    "stage=x",
    "extra=1",
    "updatedSince=0000-01-01T00:00:00Z",
  ])("refuses ?%s", async (query) => {
    const answer = await leads.call("GET", `/api/leads?${query}`, { token });
    expect(codeOf(answer)).toEqual(refused("VALIDATION_FAILED"));
  });
});

describe("a company", () => {
  it("is created, changed, found by its domain", async () => {
    const body = { name: "Initech", domain: "Initech.example", firmographics: { size: 12 } };
    const company = await createCompany(body);
    expect(company).toMatchObject({ domain: "initech.example", firmographics: { size: 12 } });
    const path = `/api/companies/${company.id}`;
    const patched = await leads.call("PATCH", path, { token, body: { name: "Initrode" } });
    expect(Company.parse(patched.json)).toMatchObject({
      name: "Initrode",
      firmographics: { size: 12 },
    });
    const read = await leads.call("GET", path, { token });
    expect(read.json).toEqual(patched.json);
    const list = await leads.call("GET", "/api/companies?domain=INITECH.example", { token });
    expect(CompanyPage.parse(list.json).data.map(({ id }) => id)).toEqual([company.id]);
    const again = await leads.call("POST", "/api/companies", { token, body });
    expect(codeOf(again)).toEqual(refused("CONFLICT"));
  });
});

describe("another organization", () => {
  const ask = (method: string, path: string, body?: unknown): Promise<Answer> =>
    leads.call(method, path, { token, body, headers: { "x-request-id": "same" } });

  it.each([
    ["GET", "", undefined],
    ["PATCH", "", { firstName: "Mine" }],
    ["POST", "/identities", phone("+14155550199")],
  ])("%s of its lead%s looks exactly like one that never was", async (method, rest, body) => {
    const theirs = await createLead({ firstName: "Theirs" }, foreign);
    const hidden = await ask(method, `/api/leads/${theirs.id}${rest}`, body);
    const unknown = await ask(method, `/api/leads/${randomUUID()}${rest}`, body);
    expect(codeOf(hidden)).toEqual(refused("NOT_FOUND"));
    expect([hidden.status, hidden.text]).toEqual([unknown.status, unknown.text]);
    const read = await leads.call("GET", `/api/leads/${theirs.id}`, { token: foreign });
    expect(read.json).toEqual(theirs);
  });

  it("keeps its companies to itself", async () => {
    const theirs = await createCompany({ name: "Theirs" }, foreign);
    for (const [method, body] of [
      ["GET", undefined],
      ["PATCH", { name: "Mine" }],
    ] as const) {
      const hidden = await ask(method, `/api/companies/${theirs.id}`, body);
      const unknown = await ask(method, `/api/companies/${randomUUID()}`, body);
      expect([hidden.status, hidden.text]).toEqual([404, unknown.text]);
    }
    const hidden = await ask("POST", "/api/leads", { companyId: theirs.id });
    const unknown = await ask("POST", "/api/leads", { companyId: randomUUID() });
    expect([hidden.status, hidden.text]).toEqual([404, unknown.text]);
  });

  it("is not in lists", async () => {
    const theirs = await createLead({ lastName: "Secretive" }, foreign);
    expect((await listLeads("q=Secretive")).data).toEqual([]);
    expect((await listLeads("q=Secretive", foreign)).data).toEqual([theirs]);
  });
});

describe("refusals", () => {
  it.each([
    ["an unknown field", { nickname: "x" }],
    ["an id chosen by the caller", { id: randomUUID() }],
    ["a tenant chosen by the caller", { orgId: randomUUID() }],
    ["a number for a name", { firstName: 1 }],
    ["a list for a body", []],
    ["null for a body", "null"],
    ["an unknown stage", { stage: "later" }],
    ["a made-up time zone", { timeZone: "Mars/Olympus" }],
    ["a phone that is none", { identities: [phone("call me")] }],
    ["an unknown field of an address", { identities: [phone("+14155550103", { x: 1 })] }],
    ["a NUL character", { firstName: "A\u0000B" }],
  ])("%s", async (_name, body) => {
    const answer = await leads.call("POST", "/api/leads", { token, body });
    expect(codeOf(answer)).toEqual(refused("VALIDATION_FAILED"));
  });

  it("an id that is none", async () => {
    const answer = await leads.call("GET", "/api/leads/1", { token });
    expect(codeOf(answer)).toEqual(refused("VALIDATION_FAILED"));
  });

  it("callers without a token, an organization, or the scope", async () => {
    const create = (as?: string): Promise<Answer> =>
      leads.call("POST", "/api/leads", { body: {}, ...(as === undefined ? {} : { token: as }) });
    expect(codeOf(await create())).toEqual(refused("UNAUTHENTICATED"));
    expect(codeOf(await create("not.a.token"))).toEqual(refused("UNAUTHENTICATED"));
    expect(codeOf(await create(await leads.tokenFor(null)))).toEqual(refused("FORBIDDEN"));
    const viewer = await leads.tokenFor(randomUUID(), "viewer");
    expect(codeOf(await create(viewer))).toEqual(refused("FORBIDDEN"));
    expect((await listLeads("", viewer)).data).toEqual([]);
  });
});

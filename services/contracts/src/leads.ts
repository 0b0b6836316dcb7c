import { z } from "zod";
import { Channel, IdentityAddress, IdentityKind } from "./channels.ts";
import { AccountId, Id, IdParams, LeadId, Time, TimeInput } from "./ids.ts";
import { pageOf, pageQueryShape } from "./pagination.ts";
import { defineRoute } from "./route.ts";

const shortText = z.string().trim().min(1).max(200);
const domain = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(/^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}$/, "a domain such as example.com");
const timeZone = z.string().refine(isTimeZone, "an IANA time zone such as Europe/Berlin");

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}

export const LeadStage = z.enum(["new", "contacted", "replied", "qualified", "won", "lost"]);
export type LeadStage = z.infer<typeof LeadStage>;

export const LawfulBasis = z.enum(["legitimate_interest", "consent", "contract", "none"]);

/** An address of a lead. Scope null means known everywhere; else only the account that saw it may use it. */
export const ContactIdentity = z.strictObject({
  id: Id,
  leadId: LeadId,
  channel: Channel,
  kind: IdentityKind,
  value: z.string(),
  scopeAccountId: AccountId.nullable(),
  valid: z.boolean(),
  verifiedAt: Time.nullable(),
  replacedBy: Id.nullable(),
  createdAt: Time,
});
export type ContactIdentity = z.infer<typeof ContactIdentity>;

export const NewIdentity = z
  .strictObject({ ...IdentityAddress.shape, scopeAccountId: AccountId.optional() })
  .transform(({ scopeAccountId, ...address }, context) => {
    const parsed = IdentityAddress.safeParse(address);
    if (!parsed.success) {
      for (const { path, message } of parsed.error.issues) {
        context.addIssue({ code: "custom", path, message });
      }
      return z.NEVER;
    }
    return { ...parsed.data, scopeAccountId: scopeAccountId ?? null };
  });
export type NewIdentity = z.output<typeof NewIdentity>;

export const Company = z.strictObject({
  id: Id,
  name: z.string(),
  domain: z.string().nullable(),
  firmographics: z.record(z.string(), z.unknown()),
  createdAt: Time,
  updatedAt: Time,
});
export type Company = z.infer<typeof Company>;

export const CompanyBody = z.strictObject({
  name: shortText,
  domain: domain.optional(),
  firmographics: z.record(z.string().max(64), z.json()).optional(),
});
export type CompanyBody = z.infer<typeof CompanyBody>;

export const CompanyPatch = z.strictObject({
  name: shortText.optional(),
  domain: domain.nullable().optional(),
  firmographics: z.record(z.string().max(64), z.json()).optional(),
});
export type CompanyPatch = z.infer<typeof CompanyPatch>;

const leadFields = {
  firstName: shortText.optional(),
  lastName: shortText.optional(),
  title: shortText.optional(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, "an ISO 3166 country code such as DE")
    .optional(),
  timeZone: timeZone.optional(),
  companyId: Id.optional(),
  stage: LeadStage.optional(),
  lawfulBasis: LawfulBasis.optional(),
  source: shortText.optional(),
  ownerId: Id.optional(),
};

export const CreateLeadBody = z.strictObject({
  ...leadFields,
  identities: z.array(NewIdentity).max(20).default([]),
});
export type CreateLeadBody = z.output<typeof CreateLeadBody>;

/** Null clears a field, absence leaves it. */
export const UpdateLeadBody = z.strictObject({
  firstName: shortText.nullable().optional(),
  lastName: shortText.nullable().optional(),
  title: shortText.nullable().optional(),
  country: leadFields.country.unwrap().nullable().optional(),
  timeZone: timeZone.nullable().optional(),
  companyId: Id.nullable().optional(),
  stage: LeadStage.optional(),
  lawfulBasis: LawfulBasis.optional(),
  source: shortText.nullable().optional(),
  ownerId: Id.nullable().optional(),
  optedOut: z.boolean().optional(),
});
export type UpdateLeadBody = z.infer<typeof UpdateLeadBody>;

export const Lead = z.strictObject({
  id: LeadId,
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  title: z.string().nullable(),
  country: z.string().nullable(),
  timeZone: z.string().nullable(),
  companyId: Id.nullable(),
  stage: LeadStage,
  lawfulBasis: LawfulBasis,
  source: z.string().nullable(),
  ownerId: Id.nullable(),
  optedOut: z.boolean(),
  version: z.int().positive(),
  identities: z.array(ContactIdentity),
  createdAt: Time,
  updatedAt: Time,
});
export type Lead = z.infer<typeof Lead>;

const readErrors = ["VALIDATION_FAILED", "UNAUTHENTICATED", "FORBIDDEN"] as const;
const writeErrors = [
  ...readErrors,
  "MALFORMED_JSON",
  "PAYLOAD_TOO_LARGE",
  "UNSUPPORTED_MEDIA_TYPE",
  "CONFLICT",
] as const;
const read = { tag: "leads", auth: "tenant", scopes: ["leads:read"] } as const;
const write = { tag: "leads", auth: "tenant", scopes: ["leads:write"] } as const;

export const createLeadRoute = defineRoute({
  ...write,
  method: "POST",
  path: "/api/leads",
  operationId: "createLead",
  summary: "Create a lead with its addresses",
  body: CreateLeadBody,
  response: { status: 201, schema: Lead },
  errors: [...writeErrors, "NOT_FOUND"],
});

export const listLeadsRoute = defineRoute({
  ...read,
  method: "GET",
  path: "/api/leads",
  operationId: "listLeads",
  summary: "List leads, newest first",
  query: z.strictObject({
    ...pageQueryShape,
    stage: LeadStage.optional(),
    companyId: Id.optional(),
    ownerId: Id.optional(),
    channel: Channel.optional(),
    q: z.string().trim().min(1).max(100).optional().describe("Part of a name or title"),
    updatedSince: TimeInput.optional(),
  }),
  response: { status: 200, schema: pageOf(Lead) },
  errors: readErrors,
});

export const getLeadRoute = defineRoute({
  ...read,
  method: "GET",
  path: "/api/leads/:id",
  operationId: "getLead",
  summary: "Read a lead",
  params: IdParams,
  response: { status: 200, schema: Lead },
  errors: [...readErrors, "NOT_FOUND"],
});

export const updateLeadRoute = defineRoute({
  ...write,
  method: "PATCH",
  path: "/api/leads/:id",
  operationId: "updateLead",
  summary: "Change a lead; `If-Match` with its version refuses a stale write",
  params: IdParams,
  body: UpdateLeadBody,
  response: { status: 200, schema: Lead },
  errors: [...writeErrors, "NOT_FOUND", "VERSION_MISMATCH"],
});

export const addIdentityRoute = defineRoute({
  ...write,
  method: "POST",
  path: "/api/leads/:id/identities",
  operationId: "addLeadIdentity",
  summary: "Add an address to a lead",
  params: IdParams,
  body: NewIdentity,
  response: { status: 201, schema: ContactIdentity },
  errors: [...writeErrors, "NOT_FOUND"],
});

export const createCompanyRoute = defineRoute({
  ...write,
  method: "POST",
  path: "/api/companies",
  operationId: "createCompany",
  summary: "Create a company",
  body: CompanyBody,
  response: { status: 201, schema: Company },
  errors: writeErrors,
});

export const listCompaniesRoute = defineRoute({
  ...read,
  method: "GET",
  path: "/api/companies",
  operationId: "listCompanies",
  summary: "List companies, newest first",
  query: z.strictObject({
    ...pageQueryShape,
    domain: z.string().max(253).optional(),
    q: z.string().trim().min(1).max(100).optional().describe("Part of the name"),
  }),
  response: { status: 200, schema: pageOf(Company) },
  errors: readErrors,
});

export const getCompanyRoute = defineRoute({
  ...read,
  method: "GET",
  path: "/api/companies/:id",
  operationId: "getCompany",
  summary: "Read a company",
  params: IdParams,
  response: { status: 200, schema: Company },
  errors: [...readErrors, "NOT_FOUND"],
});

export const updateCompanyRoute = defineRoute({
  ...write,
  method: "PATCH",
  path: "/api/companies/:id",
  operationId: "updateCompany",
  summary: "Change a company",
  params: IdParams,
  body: CompanyPatch,
  response: { status: 200, schema: Company },
  errors: [...writeErrors, "NOT_FOUND"],
});

export const leadRoutes = [
  createLeadRoute,
  listLeadsRoute,
  getLeadRoute,
  updateLeadRoute,
  addIdentityRoute,
  createCompanyRoute,
  listCompaniesRoute,
  getCompanyRoute,
  updateCompanyRoute,
] as const;

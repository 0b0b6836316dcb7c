import { z } from "zod";

export const channelNames = ["whatsapp", "instagram", "facebook", "x", "linkedin"] as const;
export const Channel = z.enum(channelNames);
export type Channel = z.infer<typeof Channel>;

/** How a person can be addressed. A LID is never read as a phone number. */
export const identityKinds = [
  "phone",
  "lid",
  "bsuid",
  "urn",
  "psid",
  "ig_id",
  "x_id",
  "handle",
  "email",
] as const;
export const IdentityKind = z.enum(identityKinds);
export type IdentityKind = z.infer<typeof IdentityKind>;

const valueRules: Partial<Record<IdentityKind, { pattern: RegExp; message: string }>> = {
  phone: {
    pattern: /^\+?[1-9]\d{6,14}$/,
    message: "a phone number in E.164, such as +14155550100",
  },
  lid: { pattern: /^\d{5,20}$/, message: "the digits of a LID, without a domain" },
  email: { pattern: /^[^\s@]+@[^\s@]+$/, message: "an e-mail address" },
};

/** An address of a person on a channel. Phones are kept as E.164 with the plus sign. */
export const IdentityAddress = z
  .strictObject({
    channel: Channel,
    kind: IdentityKind,
    value: z.string().trim().min(1).max(256),
  })
  .superRefine((identity, context) => {
    const rule = valueRules[identity.kind];
    if (rule && !rule.pattern.test(identity.value)) {
      context.addIssue({ code: "custom", path: ["value"], message: `expected ${rule.message}` });
    }
  })
  .overwrite((identity) => ({
    ...identity,
    value: normalizeIdentity(identity.kind, identity.value),
  }));
export type IdentityAddress = z.infer<typeof IdentityAddress>;

/** The one spelling of an address that is stored and compared. */
export function normalizeIdentity(kind: IdentityKind, value: string): string {
  const trimmed = value.trim();
  if (kind === "phone") return `+${trimmed.replace(/^\+/, "")}`;
  if (kind === "email" || kind === "handle") return trimmed.toLowerCase();
  return trimmed;
}

/** What each channel can carry. Limits the wire enforces, so that we refuse before accepting. */
export const channelLimits: Record<Channel, { textMax: number; mediaMaxBytes: number }> = {
  whatsapp: { textMax: 4096, mediaMaxBytes: 64 * 1024 * 1024 },
  instagram: { textMax: 1000, mediaMaxBytes: 8 * 1024 * 1024 },
  facebook: { textMax: 2000, mediaMaxBytes: 16 * 1024 * 1024 },
  x: { textMax: 10_000, mediaMaxBytes: 5 * 1024 * 1024 },
  linkedin: { textMax: 8000, mediaMaxBytes: 16 * 1024 * 1024 },
};

import type { Recipient } from "@rarity/channel-kit";

/**
 * WhatsApp names a person in two ways: `<digits>@s.whatsapp.net` (phone) and `<digits>@lid` (a
 * private number). They are kept apart, and joined through `alt` when WhatsApp names both.
 */
const servers: ReadonlyMap<string, string> = new Map([
  ["s.whatsapp.net", "phone"],
  ["c.us", "phone"],
  ["hosted", "phone"],
  ["lid", "lid"],
  ["hosted.lid", "lid"],
]);

export type PersonJid = { kind: "phone" | "lid"; digits: string };

/** Undefined for groups, broadcasts, newsletters and anything else that is not one person. */
export function parsePersonJid(jid: string | null | undefined): PersonJid | undefined {
  if (jid === null || jid === undefined) return undefined;
  const match = /^(\d{3,20})(?:_\d+)?(?::\d+)?@([a-z.]+)$/.exec(jid);
  const kind = servers.get(match?.[2] ?? "");
  const digits = match?.[1];
  if (digits === undefined || (kind !== "phone" && kind !== "lid")) return undefined;
  return { kind, digits };
}

/** `alt` is the same person under the other addressing: digits for a LID, `+digits` for a phone. */
export function recipientOf(
  jid: string | null | undefined,
  altJid?: string | null,
): Recipient | undefined {
  const person = parsePersonJid(jid);
  if (person === undefined) return undefined;
  const alt = parsePersonJid(altJid);
  const base = { kind: person.kind, value: valueOf(person) };
  return alt === undefined || alt.kind === person.kind ? base : { ...base, alt: valueOf(alt) };
}

function valueOf(person: PersonJid): string {
  return person.kind === "phone" ? `+${person.digits}` : person.digits;
}

/** The address to send to. A conversation keeps the addressing in which it was started. */
export function jidOf(recipient: Recipient): string | undefined {
  const digits = recipient.value.replace(/@lid$/, "").replace(/\D/g, "");
  if (digits.length < 5 || digits.length > 20) return undefined;
  if (recipient.kind === "phone") return `${digits}@s.whatsapp.net`;
  return recipient.kind === "lid" ? `${digits}@lid` : undefined;
}

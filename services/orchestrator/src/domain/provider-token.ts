import type { Channel } from "@rarity/contracts/channels";

/**
 * The id under which the provider will know the message, chosen once at accept. WhatsApp takes the
 * caller's message id; its web clients write `3EB0` and 18 hex digits, and an odd shape would stand out.
 */
export function makeProviderToken(channel: Channel, randomHex: (bytes: number) => string): string {
  if (channel === "whatsapp") return `3EB0${randomHex(9).toUpperCase()}`;
  return randomHex(16);
}

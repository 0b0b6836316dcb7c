import { AnyContent } from "@rarity/contracts/content";

/** Names of the storage, frozen with the payload; nobody outside needs them. */
const inner = new Set(["storageKey", "sha256"]);
const outboundInner = new Set([...inner, "contentType", "sizeBytes"]);

/** Stored content as the API shows it. What is not understood is named, never dropped or failed on. */
export function readContent(direction: "in" | "out", stored: unknown): AnyContent {
  if (stored === null || typeof stored !== "object") return { type: "unsupported", kind: "empty" };
  const hidden = direction === "out" ? outboundInner : inner;
  const shown = Object.fromEntries(Object.entries(stored).filter(([key]) => !hidden.has(key)));
  const parsed = AnyContent.safeParse(shown);
  if (parsed.success) return parsed.data;
  const kind = "type" in stored && typeof stored.type === "string" ? stored.type : "unknown";
  return { type: "unsupported", kind };
}

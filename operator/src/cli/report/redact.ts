import { group } from "../../api/names.ts";
import type { KubeObject } from "../../api/objects.ts";

const hidden = "<redacted>";

/** Fields that name a person or open a door, wherever they stand. */
const hiddenFields = new Set(["phone", "displayName", "identity", "password", "token", "caBundle"]);
/** Where a Secret keeps what it keeps. */
const secretFields = new Set(["data", "stringData"]);
/** Fields people and providers write freely. */
const freeText = new Set(["message", "note", "plan"]);
const noiseInMetadata = new Set(["managedFields", "annotations", "selfLink"]);

/**
 * What may be shown to somebody outside: structure, states and reasons. Gone are the values of
 * environment variables, Secrets' data, names of people, phone numbers, credentials in URLs, and
 * annotations that are not ours (they hold whole copies of what was applied).
 */
export const redact = (object: KubeObject): KubeObject => {
  const shown = Object.entries(object).filter(([field]) => !secretFields.has(field));
  return {
    ...(redactValue(Object.fromEntries(shown)) as KubeObject),
    metadata: redactMetadata(object),
  };
};

const redactMetadata = ({ metadata }: KubeObject): KubeObject["metadata"] => {
  const kept = Object.entries(metadata).filter(([key]) => !noiseInMetadata.has(key));
  const ours = Object.entries(metadata.annotations ?? {}).filter(([key]) => key.startsWith(group));
  return {
    ...(Object.fromEntries(kept) as unknown as KubeObject["metadata"]),
    ...(ours.length === 0 ? {} : { annotations: Object.fromEntries(ours) }),
  };
};

const redactValue = (value: unknown, key = ""): unknown => {
  if (Array.isArray(value)) {
    return (value as unknown[]).map((item) =>
      key === "env" ? redactVariable(item) : redactValue(item, key),
    );
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [
        name,
        hiddenFields.has(name) && typeof field === "string" ? hidden : redactValue(field, name),
      ]),
    );
  }
  if (typeof value !== "string") return value;
  return redactUrl(freeText.has(key) ? redactText(value) : value);
};

/** An environment variable's name and where its value comes from, never the value. */
const redactVariable = (item: unknown): unknown => {
  if (typeof item !== "object" || item === null || !("value" in item)) return item;
  return { ...item, value: hidden };
};

/** Runs of seven digits and more, with the signs people put between them, are read as numbers of phones. */
export const redactText = (text: string): string =>
  redactUrl(text).replaceAll(/\+?\d(?:[ ()./-]{0,2}\d){6,}/g, (found) =>
    // A date is no phone number: 2026-11-29.
    /^\d{4}-\d{2}-\d{2}/.test(found) ? found : hidden,
  );

const redactUrl = (text: string): string => text.replaceAll(/:\/\/[^/@\s]+@/g, `://${hidden}@`);

/** What apimachinery puts before the value (util/validation/field/errors.go). */
const leads = ["Invalid value: ", "Unsupported value: ", "Duplicate value: ", "Not found: "];
const opening = "{[(";
const closing = "}])";

/**
 * A validation message without the value it complains of, which may be a secret: `Invalid value:
 * "abc": must be lowercase` becomes `Invalid value: must be lowercase`. When the end of the value
 * cannot be told, the rest goes with it.
 */
export const withoutValue = (text: string): string => {
  // A schema's message has the value at its end.
  const message = text.replace(/( must be of type [\w-]+): .*$/s, "$1");
  const lead = leads.find((each) => message.startsWith(each));
  if (lead === undefined) return message;
  const rest = message.slice(lead.length);
  const end = endOfValue(rest);
  const detail = rest.startsWith(": ", end) ? rest.slice(end + 2) : "";
  return detail === "" ? lead.replace(/: $/, "") : `${lead}${detail}`;
};

const endOfValue = (text: string): number => {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '"') index = endOfQuoted(text, index);
    else if (opening.includes(character)) depth += 1;
    else if (closing.includes(character)) depth -= 1;
    else if (depth === 0 && character === ":") return index;
  }
  return text.length;
};

/** The place of the closing quote; the end of the text when there is none. */
const endOfQuoted = (text: string, start: number): number => {
  for (let index = start + 1; index < text.length; index += 1) {
    if (text.charAt(index) === "\\") index += 1;
    else if (text.charAt(index) === '"') return index;
  }
  return text.length;
};

/** Short ones are words like True and Apply, which say nothing and stand in good advice. */
const textMin = 6;

/** A message without the texts that were sent, wherever the server repeats them. */
export const withoutTexts = (message: string, sent: unknown): string =>
  textsOf(sent).reduce((rest, text) => rest.replaceAll(text, "<value>"), message);

const textsOf = (sent: unknown): string[] => {
  if (typeof sent !== "object" || sent === null) return [];
  // Who and what it is about stays readable.
  const { apiVersion, kind } = sent as Record<string, unknown>;
  const content = { ...sent, metadata: undefined };
  return leaves(content)
    .filter((text) => text !== apiVersion && text !== kind)
    .filter((text) => text.length >= textMin)
    .sort((a, b) => b.length - a.length);
};

const leaves = (value: unknown): string[] => {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(leaves) : [];
};

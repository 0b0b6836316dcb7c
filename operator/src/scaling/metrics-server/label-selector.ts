/** One requirement of a label selector. */
type Requirement = (labels: Readonly<Record<string, string>>) => boolean;

export type LabelSelector =
  | { ok: true; matches: (labels: Readonly<Record<string, string>>) => boolean }
  | { ok: false; message: string };

const lengthMax = 2_000;
const name = "[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?";
const value = "(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?";
const exists = new RegExp(`^(!?)\\s*(${name})$`);
const equals = new RegExp(`^(${name})\\s*(==|=|!=)\\s*(${value})$`);
const isIn = new RegExp(`^(${name})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);

/**
 * Reads a label selector as Kubernetes writes it: `a=b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`,
 * `!a`, joined by commas. As there, `!=` and `notin` match an object without the label.
 */
export const parseLabelSelector = (text: string): LabelSelector => {
  if (text.length > lengthMax) {
    return { ok: false, message: `a label selector has at most ${lengthMax} characters` };
  }
  // A comma inside parentheses belongs to a list of values.
  const parts = text.trim() === "" ? [] : text.split(/,(?![^(]*\))/);
  const requirements: Requirement[] = [];
  for (const part of parts) {
    const requirement = parseRequirement(part.trim());
    if (requirement === undefined) {
      return { ok: false, message: `the label selector cannot be read at "${part.trim()}"` };
    }
    requirements.push(requirement);
  }
  return { ok: true, matches: (labels) => requirements.every((matches) => matches(labels)) };
};

const parseRequirement = (part: string): Requirement | undefined => {
  const equality = equals.exec(part);
  if (equality !== null) {
    const [, key = "", operator, wanted = ""] = equality;
    return oneOf(key, [wanted], operator !== "!=");
  }
  const set = isIn.exec(part);
  if (set !== null) {
    const [, key = "", operator, list = ""] = set;
    return oneOf(
      key,
      list.split(",").map((each) => each.trim()),
      operator === "in",
    );
  }
  const presence = exists.exec(part);
  if (presence === null) return undefined;
  const [, negation, key = ""] = presence;
  return (labels) => Object.hasOwn(labels, key) === (negation === "");
};

const oneOf =
  (key: string, values: readonly string[], wanted: boolean): Requirement =>
  (labels) => {
    const found = Object.hasOwn(labels, key) ? labels[key] : undefined;
    return (found !== undefined && values.includes(found)) === wanted;
  };

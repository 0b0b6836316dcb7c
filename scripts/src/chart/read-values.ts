import { isMap, isScalar, parse, parseDocument, type Pair, type YAMLMap } from "yaml";

type Schema = Record<string, unknown>;

/** One value of values.yaml with what its comments say. */
export type Value = {
  path: string[];
  section: string;
  /** Empty for a map that only holds other values. */
  description: string;
  default: unknown;
  /** From the `@schema` lines. */
  schema: Schema;
  children: Value[];
};

const commentOf = (pair: Pair, isFirst: boolean, map: YAMLMap): string => {
  const key = pair.key as { commentBefore?: string | null };
  // The parser gives the first key's comment to the map it opens.
  return (isFirst ? (map.commentBefore ?? key.commentBefore) : key.commentBefore) ?? "";
};

type Comment = { section?: string; description: string; schema: Schema };

/** Sections and schema lines are marked; the last paragraph is the description. */
const readComment = (text: string, path: string): Comment => {
  const lines = text.split("\n").map((line) => line.trim());
  const section = lines.findLast((line) => line.startsWith("@section "))?.slice(9);
  const schemas = lines.filter((line) => line.startsWith("@schema ")).map((line) => line.slice(8));
  const plain = lines.filter((line) => !line.startsWith("@")).join("\n");
  const description = plain.trim().split(/\n\n+/).at(-1)?.replaceAll("\n", " ") ?? "";
  const schema = schemas.map((line) => parse(line) as Schema);
  if (schema.some((part) => typeof part !== "object")) throw new Error(`${path}: not a schema`);
  return {
    ...(section === undefined ? {} : { section }),
    description,
    schema: Object.assign({}, ...schema) as Schema,
  };
};

const readMap = (map: YAMLMap, path: string[], inherited: string): Value[] => {
  let section = inherited;
  return map.items.map((pair, index) => {
    const name = String((pair.key as { value: unknown }).value);
    const here = [...path, name];
    const comment = readComment(commentOf(pair, index === 0, map), here.join("."));
    section = comment.section ?? section;
    const { description, schema } = comment;
    const node = pair.value;
    const isBranch = isMap(node) && node.items.length > 0 && !("additionalProperties" in schema);
    if (!isBranch && description === "") throw new Error(`${here.join(".")} has no description`);
    return {
      ...{ path: here, section, description, schema },
      default: (isScalar(node) ? node.value : (node as YAMLMap).toJSON()) as unknown,
      children: isBranch ? readMap(node, here, section) : [],
    };
  });
};

/** The values of a chart. Every one that holds no others must be described. */
export const readValues = (text: string): Value[] => {
  const document = parseDocument(text);
  if (document.errors[0] !== undefined) throw document.errors[0];
  if (!isMap(document.contents)) throw new Error("values.yaml is not a map");
  return readMap(document.contents, [], "");
};

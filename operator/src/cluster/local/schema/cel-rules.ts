import { Environment } from "@marcbachmann/cel-js";
import type { FieldCause } from "../../errors.ts";

/** The JSON schema keywords of a structural schema that matter here. */
export interface StructuralSchema {
  type?: string;
  properties?: Record<string, StructuralSchema>;
  items?: StructuralSchema;
  additionalProperties?: StructuralSchema | boolean;
  "x-kubernetes-validations"?: { rule: string; message?: string; messageExpression?: string }[];
  "x-kubernetes-preserve-unknown-fields"?: boolean;
  [keyword: string]: unknown;
}

interface CompiledRule {
  evaluate: (scope: Record<string, unknown>) => unknown;
  message: string;
  isTransition: boolean;
}

interface RuleNode {
  rules: CompiledRule[];
  type: string | undefined;
  properties: Map<string, RuleNode>;
  items: RuleNode | undefined;
}

export type RuleChecker = (self: unknown, oldSelf: unknown, path: string) => FieldCause[];

/** Compiles every rule at once, so that a broken rule is found when the schema is loaded. */
export const compileRules = (schema: StructuralSchema): RuleChecker => {
  const environment = new Environment({
    unlistedVariablesAreDyn: true,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
  });
  environment.registerFunction("isQuantity(string): bool", isQuantity);
  const root = compileNode(environment, schema);
  return (self, oldSelf, path) => {
    const causes: FieldCause[] = [];
    checkNode(root, { self, oldSelf, path }, causes);
    return causes;
  };
};

/** Of the functions Kubernetes adds to CEL, the one our rules use. */
const isQuantity = (text: string): boolean =>
  /^[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[munkMGTPE]|[eE][+-]?\d+)?$/.test(text);

const compileNode = (environment: Environment, schema: StructuralSchema): RuleNode => ({
  rules: (schema["x-kubernetes-validations"] ?? []).map(({ rule, message }) => {
    const parsed = environment.parse(rule);
    return {
      evaluate: (scope) => parsed(scope),
      message: message ?? `failed rule: ${rule}`,
      isTransition: /\boldSelf\b/.test(rule),
    };
  }),
  type: schema.type,
  properties: new Map(
    Object.entries(schema.properties ?? {}).map(([name, field]) => [
      name,
      compileNode(environment, field),
    ]),
  ),
  items: schema.items === undefined ? undefined : compileNode(environment, schema.items),
});

interface Visit {
  self: unknown;
  oldSelf: unknown;
  path: string;
}

const checkNode = (node: RuleNode, visit: Visit, causes: FieldCause[]): void => {
  if (visit.self === undefined) return;
  for (const rule of node.rules) {
    if (rule.isTransition && visit.oldSelf === undefined) continue;
    const failure = evaluateRule(node, rule, visit);
    if (failure !== undefined) causes.push({ field: visit.path, message: failure });
  }
  for (const [name, field] of node.properties) {
    checkNode(
      field,
      {
        self: member(visit.self, name),
        oldSelf: member(visit.oldSelf, name),
        path: join(visit.path, name),
      },
      causes,
    );
  }
  if (node.items === undefined || !Array.isArray(visit.self)) return;
  for (const [index, item] of visit.self.entries()) {
    // List items have no identity here, so transition rules inside lists never run.
    checkNode(
      node.items,
      { self: item, oldSelf: undefined, path: `${visit.path}[${index}]` },
      causes,
    );
  }
};

/** A rule that cannot be evaluated is a failed rule, as in Kubernetes. */
const evaluateRule = (node: RuleNode, rule: CompiledRule, visit: Visit): string | undefined => {
  try {
    const scope = { self: toCel(node, visit.self), oldSelf: toCel(node, visit.oldSelf) };
    return rule.evaluate(scope) === true ? undefined : rule.message;
  } catch (error) {
    const detail = error instanceof Error ? (error.message.split("\n")[0] ?? "") : "unknown error";
    return `${rule.message} (the rule could not be evaluated: ${detail})`;
  }
};

/** CEL tells ints from doubles, JSON does not: the schema says which one a number is. */
const toCel = (node: RuleNode | undefined, value: unknown): unknown => {
  if (typeof value === "number") return node?.type === "integer" ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map((item) => toCel(node?.items, item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, toCel(node?.properties.get(name), field)]),
  );
};

const member = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;

const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

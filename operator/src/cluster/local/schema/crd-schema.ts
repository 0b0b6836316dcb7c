import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { ClusterError, type FieldCause } from "../../errors.ts";
import { compileRules, type RuleChecker, type StructuralSchema } from "./cel-rules.ts";

export interface CustomResourceDefinition {
  spec: {
    names: { kind: string; plural: string };
    group: string;
    versions: { name: string; schema: { openAPIV3Schema: StructuralSchema } }[];
  };
}

/** Validates and defaults objects of one kind. */
export interface ObjectSchema {
  kind: string;
  /** Fills in defaults in place, then refuses what the schema or a CEL rule refuses. */
  admit(object: Record<string, unknown>, old: Record<string, unknown> | undefined): void;
}

/** The schema of a CRD as Kubernetes applies it: structural schema, defaults, then CEL rules. */
export const createCrdSchema = (crd: CustomResourceDefinition): ObjectSchema => {
  const version = crd.spec.versions[0];
  if (version === undefined) throw new Error(`CRD ${crd.spec.names.kind} has no version`);
  const schema = version.schema.openAPIV3Schema;
  const validate = compileStructure(schema);
  const rules = compileRules(schema);
  const { kind } = crd.spec.names;
  return { kind, admit: (object, old) => admit({ kind, validate, rules }, object, old) };
};

const admit = (
  schema: { kind: string; validate: ValidateFunction; rules: RuleChecker },
  object: Record<string, unknown>,
  old: Record<string, unknown> | undefined,
): void => {
  const structural = schema.validate(object) ? [] : (schema.validate.errors ?? []).map(toCause);
  const causes = structural.length > 0 ? structural : schema.rules(object, old, "");
  if (causes.length === 0) return;
  const name = (object["metadata"] as { name?: string } | undefined)?.name ?? "";
  const summary = causes.map(({ field, message }) => `${field}: ${message}`).join("; ");
  throw new ClusterError("Invalid", `${schema.kind} "${name}" is invalid: ${summary}`, causes);
};

const compileStructure = (schema: StructuralSchema): ValidateFunction => {
  const ajv = new Ajv({ allErrors: true, useDefaults: true, strict: false });
  ajv.addFormat("uuid", /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i);
  ajv.addFormat("date-time", /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/);
  ajv.addFormat("int32", { type: "number", validate: (value) => Math.abs(value) <= 2 ** 31 });
  ajv.addFormat("int64", { type: "number", validate: Number.isSafeInteger });
  return ajv.compile(closeObjects(schema));
};

/**
 * Refuses unknown fields, as kubectl does by default. Object metadata has no schema in a CRD, and
 * an object without properties stays open.
 */
const closeObjects = (schema: StructuralSchema): StructuralSchema => {
  if (schema.items !== undefined) return { ...schema, items: closeObjects(schema.items) };
  if (schema.properties === undefined) return schema;
  const properties = Object.fromEntries(
    Object.entries(schema.properties).map(([name, field]) => [name, closeObjects(field)]),
  );
  const isOpen = schema["x-kubernetes-preserve-unknown-fields"] === true;
  return { ...schema, properties, additionalProperties: isOpen };
};

const toCause = (error: ErrorObject): FieldCause => {
  const path = error.instancePath.slice(1).replaceAll("/", ".");
  const params = error.params as { additionalProperty?: string; allowedValues?: unknown[] };
  if (params.additionalProperty !== undefined) {
    return {
      field: path === "" ? params.additionalProperty : `${path}.${params.additionalProperty}`,
      message: "unknown field",
    };
  }
  const allowed = params.allowedValues === undefined ? "" : `: ${params.allowedValues.join(", ")}`;
  return { field: path, message: `${error.message ?? "is invalid"}${allowed}` };
};

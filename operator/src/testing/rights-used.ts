import { readAuditLog, type AuditEvent } from "../../../scripts/src/cluster/control-plane/audit.ts";
import type { Grant } from "../api/rbac.ts";

/** Rights as `verb group/resource`, sorted. */
export type Rights = string[];

export const rightsIn = (grants: readonly Grant[]): Rights =>
  distinct(
    grants.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${group}/${resource}`)),
      ),
    ),
  );

export interface RightsUsed {
  used: Rights;
  /** What the user asked for and was not given. */
  refused: string[];
}

/** What a user did, as the API server's audit log says; discovery, open to everybody, left out. */
export const rightsUsedBy = async (username: string, auditLog: string): Promise<RightsUsed> => {
  const events = (await readAuditLog(auditLog)).filter(
    ({ user, objectRef }) => user.username === username && objectRef?.resource !== undefined,
  );
  const isAllowed = (event: AuditEvent): boolean =>
    event.annotations?.["authorization.k8s.io/decision"] === "allow" &&
    event.responseStatus?.code !== 403;
  return {
    used: distinct(events.filter(isAllowed).filter(isOfOurRoles).flatMap(rightsOf)),
    refused: events.filter((event) => !isAllowed(event)).map(inWords),
  };
};

/** The API server's own Role lets its extensions read how it introduces its callers. */
const isOfOurRoles = ({ objectRef }: AuditEvent): boolean =>
  !(objectRef?.namespace === "kube-system" && objectRef.resource === "configmaps");

/** An apply that makes the object takes the right to create it, too. */
const rightsOf = ({ verb, objectRef, responseStatus }: AuditEvent): string[] => {
  const { apiGroup = "", resource = "", subresource } = objectRef ?? {};
  const what = `${apiGroup}/${resource}${subresource === undefined ? "" : `/${subresource}`}`;
  const isNew = verb === "patch" && responseStatus?.code === 201;
  return isNew ? [`patch ${what}`, `create ${what}`] : [`${verb} ${what}`];
};

const inWords = ({ verb, requestURI, responseStatus }: AuditEvent): string =>
  `${verb} ${requestURI}: ${String(responseStatus?.code)}`;

const distinct = (rights: readonly string[]): Rights => [...new Set(rights)].sort();

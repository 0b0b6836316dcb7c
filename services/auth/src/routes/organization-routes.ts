import {
  addMemberRoute,
  createApiKeyRoute,
  createOrganizationRoute,
  listApiKeysRoute,
  listMembersRoute,
  listOrganizationsRoute,
  removeMemberRoute,
  revokeApiKeyRoute,
  updateMemberRoute,
} from "@rarity/contracts/auth";
import { handle, type Registration } from "@rarity/platform/http";
import { createApiKey, listApiKeys, revokeApiKey } from "../usecases/manage-api-keys.ts";
import { addMember, changeMember, listMembers } from "../usecases/manage-members.ts";
import { createOrganization, listOrganizations } from "../usecases/manage-organizations.ts";
import type { AuthDeps } from "../usecases/ports.ts";
import { personOf, tenantOf } from "./callers.ts";

export function organizationRoutes(deps: AuthDeps): Registration[] {
  return [
    handle(listOrganizationsRoute, async ({ auth }) => ({
      data: await listOrganizations(deps, personOf(auth).userId),
    })),
    handle(createOrganizationRoute, ({ auth, body }) =>
      createOrganization(deps, personOf(auth).userId, body.name),
    ),
    handle(listMembersRoute, async ({ auth }) => ({
      data: await listMembers(deps, tenantOf(auth)),
    })),
    handle(addMemberRoute, ({ auth, body }) => addMember(deps, tenantOf(auth), body)),
    handle(updateMemberRoute, ({ auth, params, body }) =>
      changeMember(deps, tenantOf(auth), { userId: params.id, next: body.role }),
    ),
    handle(removeMemberRoute, async ({ auth, params }) => {
      await changeMember(deps, tenantOf(auth), { userId: params.id, next: null });
    }),
    handle(listApiKeysRoute, async ({ auth }) => ({
      data: await listApiKeys(deps, tenantOf(auth)),
    })),
    handle(createApiKeyRoute, ({ auth, body, reply }) => {
      reply.header("cache-control", "no-store");
      return createApiKey(deps, tenantOf(auth), body);
    }),
    handle(revokeApiKeyRoute, ({ auth, params }) => revokeApiKey(deps, tenantOf(auth), params.id)),
  ];
}

import { accountRoutes } from "./accounts.ts";
import { authRoutes } from "./auth.ts";
import { conversationRoutes } from "./conversations.ts";
import { deadLetterRoutes } from "./dead-letters.ts";
import { internalRoutes } from "./internal.ts";
import { leadRoutes } from "./leads.ts";
import { mediaRoutes } from "./media.ts";
import { messageRoutes } from "./messages.ts";
import type { RouteDefinition } from "./route.ts";

/** Every public route of the platform, in the order of the documentation. */
export const publicRoutes: readonly RouteDefinition[] = [
  ...messageRoutes,
  ...mediaRoutes,
  ...conversationRoutes,
  ...deadLetterRoutes,
  ...leadRoutes,
  ...accountRoutes,
  ...authRoutes,
];

export const allRoutes: readonly RouteDefinition[] = [...publicRoutes, ...internalRoutes];

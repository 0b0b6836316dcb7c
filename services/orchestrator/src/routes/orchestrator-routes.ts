import type { Registration } from "@rarity/platform/http";
import type { MediaStorage } from "@rarity/platform/media";
import type { Database } from "../adapters/store/database.ts";
import { listDeadLetters, readDeadLetter } from "../adapters/store/dead-letters.ts";
import { listConversations } from "../adapters/store/list-conversations.ts";
import { findMedia, insertMedia } from "../adapters/store/media-store.ts";
import { readConversation } from "../adapters/store/read-conversation.ts";
import { readMessageDetail } from "../adapters/store/read-message.ts";
import { readQueueDepth } from "../adapters/store/read-queue-depth.ts";
import type { AttendDeps } from "../usecases/attend-conversation.ts";
import type { MessageCommands } from "../usecases/message-commands.ts";
import type { SendDeps } from "../usecases/ports.ts";
import { conversationRoutes } from "./conversation-routes.ts";
import { deadLetterRoutes } from "./dead-letter-routes.ts";
import { mediaRoutes } from "./media-routes.ts";
import { messageRoutes } from "./message-routes.ts";
import { queueDepthRoutes } from "./queue-depth-route.ts";

export interface OrchestratorRouteDeps {
  readonly db: Database;
  readonly send: SendDeps;
  readonly attend: AttendDeps;
  readonly commands: MessageCommands;
  readonly media: MediaStorage;
}

/** Every route of the service, bound to its store. */
export function orchestratorRoutes(deps: OrchestratorRouteDeps): Registration[] {
  const { db, send, attend, commands, media } = deps;
  return [
    ...messageRoutes({
      send,
      commands,
      readMessage: (orgId, id) => readMessageDetail(db, orgId, id),
    }),
    ...conversationRoutes({
      send,
      attend,
      list: (orgId, query) => listConversations(db, orgId, query),
      read: (orgId, input) => readConversation(db, orgId, input),
    }),
    ...deadLetterRoutes({
      commands,
      list: (orgId, query) => listDeadLetters(db, orgId, query),
      read: (orgId, id) => readDeadLetter(db, orgId, id),
    }),
    ...mediaRoutes({
      newId: send.newId,
      storeOf: (orgId) => media.forTenant(orgId),
      insert: (orgId, stored) => insertMedia(db, orgId, stored),
      find: (orgId, id) => findMedia(db, orgId, id),
    }),
    ...queueDepthRoutes({
      readQueueDepth: () => readQueueDepth(db.pool),
      now: () => new Date(),
    }),
  ];
}

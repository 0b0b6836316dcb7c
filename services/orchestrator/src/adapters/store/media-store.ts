import type { Media } from "@rarity/contracts/media";
import type { StoredMedia } from "../../domain/message-content.ts";
import { inTenant, type Database } from "./database.ts";
import { readMedia } from "./read-routing-facts.ts";

export interface NewMedia extends Media {
  readonly storageKey: string;
  readonly createdBy: string;
}

export async function insertMedia(db: Database, orgId: string, media: NewMedia): Promise<void> {
  await inTenant(db, orgId, (tx) =>
    tx.query(
      `insert into messaging.media (org_id, id, content_type, size_bytes, sha256, storage_key, created_by)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [
        orgId,
        media.id,
        media.contentType,
        media.sizeBytes,
        media.sha256,
        media.storageKey,
        media.createdBy,
      ],
    ),
  );
}

export function findMedia(
  db: Database,
  orgId: string,
  id: string,
): Promise<StoredMedia | undefined> {
  return inTenant(db, orgId, (tx) => readMedia(tx, id));
}

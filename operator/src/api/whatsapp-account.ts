import type { WhatsAppAccountSpec, WhatsAppAccountStatus } from "./generated/whatsapp-account.ts";
import type { KubeObject, ObjectMeta } from "./objects.ts";

export type { WhatsAppAccountSpec, WhatsAppAccountStatus };

export interface WhatsAppAccount extends KubeObject {
  kind: "WhatsAppAccount";
  metadata: ObjectMeta;
  spec: WhatsAppAccountSpec;
  status?: WhatsAppAccountStatus;
}

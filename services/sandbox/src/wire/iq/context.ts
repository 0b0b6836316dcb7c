import type { BinaryNode } from "@whiskeysockets/baileys";
import type { Account, Device } from "../../model.ts";
import type { World } from "../../world.ts";
import type { Connection } from "../connection.ts";

/** One query from a client, with the ways to answer it. */
export type Iq = {
  world: World;
  conn: Connection;
  stanza: BinaryNode;
  type: string;
  child: BinaryNode | undefined;
  reply(content?: BinaryNode[]): void;
  /** Clients match errors by code and text. */
  error(code: number, text: string): void;
};

/** A query of a client that has logged in. */
export type AccountIq = Iq & { account: Account; device: Device };

/** Returns false when the handler does not know this query. */
export type IqHandler = (iq: AccountIq) => boolean;

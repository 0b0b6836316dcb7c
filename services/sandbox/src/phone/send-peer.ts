import { deflateSync } from "node:zlib";
import { generateMessageIDV2, proto } from "@whiskeysockets/baileys";
import type { Account, Message } from "../model.ts";
import type { World } from "../world.ts";
import { lidJid, pnJid } from "../wire/addresses.ts";
import { deliverMessage } from "../wire/delivery.ts";
import { encryptFor } from "./encrypt-for.ts";
import { runInOrder } from "./run-in-order.ts";

const { Type } = proto.Message.ProtocolMessage;

/** A new companion is there: the app-state key first, then the (empty) first history. */
export async function greetCompanion(
  world: World,
  account: Account,
  deviceId: number,
): Promise<void> {
  await sendPeer(world, account, deviceId, appStateKeyShare(account));
  await sendPeer(world, account, deviceId, initialHistory(world, account));
}

/** A message from the phone to one of its own linked devices. */
export function sendPeer(
  world: World,
  account: Account,
  deviceId: number,
  message: Message,
): Promise<void> {
  return runInOrder(account, async () => {
    const enc = await encryptFor(world, account, { account, device: deviceId }, message);
    deliverMessage(world, {
      id: generateMessageIDV2(pnJid(account)),
      type: "text",
      category: "peer",
      fromAccount: account,
      fromDevice: 0,
      toAccount: account,
      toDevice: deviceId,
      enc,
      mode: account.phone.settings.addressing,
    });
  });
}

function appStateKeyShare(account: Account): Message {
  const { appStateKey, creds } = account.phone;
  const fingerprint = { rawId: creds.registrationId, currentIndex: 0, deviceIndexes: [0] };
  const keyData = { keyData: appStateKey.data, fingerprint, timestamp: Date.now() };
  return {
    protocolMessage: {
      type: Type.APP_STATE_SYNC_KEY_SHARE,
      appStateSyncKeyShare: { keys: [{ keyId: { keyId: appStateKey.id }, keyData }] },
    },
  };
}

function initialHistory(world: World, account: Account): Message {
  const { HistorySync, Message: MessageType } = proto;
  const migratedAt = Math.floor(Date.now() / 1000);
  const history = HistorySync.encode({
    syncType: HistorySync.HistorySyncType.INITIAL_BOOTSTRAP,
    conversations: [],
    progress: 100,
    chunkOrder: 0,
    // A timestamp here moves clients to LID addressing for every chat.
    ...(account.phone.settings.lidMigrated
      ? { globalSettings: { chatDbLidMigrationTimestamp: migratedAt } }
      : {}),
    phoneNumberToLidMappings: [...world.accounts.values()].map((account) => ({
      pnJid: pnJid(account),
      lidJid: lidJid(account),
    })),
  }).finish();
  return {
    protocolMessage: {
      type: Type.HISTORY_SYNC_NOTIFICATION,
      historySyncNotification: {
        syncType: MessageType.HistorySyncType.INITIAL_BOOTSTRAP,
        chunkOrder: 0,
        progress: 100,
        initialHistBootstrapInlinePayload: deflateSync(history),
      },
    },
  };
}

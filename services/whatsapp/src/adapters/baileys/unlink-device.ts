import type { WASocket } from "@whiskeysockets/baileys";

const answerTimeoutMs = 10_000;

/**
 * Asks WhatsApp to unlink this device and waits for the answer. The library's own `logout` writes the
 * same stanza and closes at once: if it was lost, the phone would go on listing the device.
 */
export async function unlinkDevice(socket: WASocket, jid: string | undefined): Promise<boolean> {
  if (jid === undefined) return false;
  const request = {
    tag: "iq",
    attrs: {
      to: "@s.whatsapp.net",
      type: "set",
      id: socket.generateMessageTag(),
      xmlns: "md",
    },
    content: [{ tag: "remove-companion-device", attrs: { jid, reason: "user_initiated" } }],
  };
  try {
    await socket.query(request, answerTimeoutMs);
    return true;
  } catch {
    return false;
  }
}

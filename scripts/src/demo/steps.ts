import type { Demo } from "./context.ts";
import { applyAccount, pairByCode, pairByQr } from "./steps/accounts.ts";
import { hibernateAndWake } from "./steps/hibernate.ts";
import { imageIn, imageOut } from "./steps/images.ts";
import { firstMessage, reply, warmMessages } from "./steps/messages.ts";

/** The main job, in order. Each step answers one line for the report or throws. */
export const demoSteps: Record<string, (demo: Demo) => Promise<string>> = {
  "account applied": applyAccount,
  "paired by QR": pairByQr,
  "first message delivered and read": firstMessage,
  "reply seen over the WebSocket": reply,
  "warm messages": warmMessages,
  "image to the phone": imageOut,
  "image from the phone": imageIn,
  "second account paired by code": pairByCode,
  "hibernated account woken by a message": hibernateAndWake,
};

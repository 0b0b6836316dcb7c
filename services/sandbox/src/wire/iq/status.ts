import type { AccountIq } from "./context.ts";

export function answerStatus({ world, account, child, reply }: AccountIq): boolean {
  const content = child?.content;
  account.status = content instanceof Uint8Array ? Buffer.from(content).toString() : "";
  world.changed();
  reply();
  return true;
}

import type { AccountIq } from "./context.ts";

const STATUS_MAX = 700;

export function answerStatus({ world, account, child, reply }: AccountIq): boolean {
  const content = child?.content;
  account.status =
    content instanceof Uint8Array ? Buffer.from(content).toString().slice(0, STATUS_MAX) : "";
  world.changed();
  reply();
  return true;
}

import { node } from "../node.ts";
import type { AccountIq } from "./context.ts";

export function answerDirty({ reply }: AccountIq): boolean {
  reply();
  return true;
}

/** The sandbox has no groups. */
export function answerGroups({ reply }: AccountIq): boolean {
  reply([node("groups", {}, [])]);
  return true;
}

export function answerProfilePicture({ error }: AccountIq): boolean {
  error(404, "item-not-found");
  return true;
}

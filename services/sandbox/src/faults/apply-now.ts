import { node } from "../wire/node.ts";
import { unlinkDevice } from "../wire/devices.ts";
import type { Device } from "../model.ts";
import type { World } from "../world.ts";
import { faultKind } from "../api/fault-kinds.ts";
import type { FaultInput } from "../api/faults.ts";

export const isImmediate = (input: FaultInput): boolean => faultKind(input.kind).immediate;

/** Hits the open connections of the account (or of all); returns how many were hit. */
export function applyNow(world: World, input: FaultInput): number {
  let hit = 0;
  world.events.append("fault_hit", input.account ?? "", { kind: input.kind });
  for (const account of world.accounts.values()) {
    if (input.account !== undefined && input.account !== account.pn) continue;
    for (const device of [...account.devices.values()]) {
      if (device.id === 0) continue;
      if (input.kind === "device_removed") hit += unlinkDevice(world, account, device.id) ? 1 : 0;
      else if (device.conn !== undefined) hit += hitConnection(input, device);
    }
  }
  return hit;
}

function hitConnection(input: FaultInput, device: Device): number {
  const { conn } = device;
  if (conn === undefined) return 0;
  if (input.kind === "drop_connection") conn.terminate();
  else if (input.kind === "replaced") {
    conn.end(node("stream:error", {}, [node("conflict", { type: "replaced" })]));
  } else conn.end(node("stream:error", { code: input.code ?? "503" }));
  return 1;
}

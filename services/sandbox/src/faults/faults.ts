import { randomUUID } from "node:crypto";
import type { FaultInput, FaultKind } from "./fault-kinds.ts";

/** `remaining` 0 = stays until it is deleted. */
type Fault = FaultInput & { id: string; remaining: number };

/** Faults waiting to hit; each is used up `count` times. */
export type Faults = {
  add(input: FaultInput): Fault;
  list(): Fault[];
  remove(id: string): boolean;
  clear(): void;
  /** Finds a fault for this account and uses it up once. */
  take(
    kind: FaultKind,
    account: string | undefined,
    accept?: (fault: Fault) => boolean,
  ): Fault | undefined;
  isActive(kind: FaultKind, account: string): boolean;
};

export function createFaults(): Faults {
  let waiting: Fault[] = [];
  const hits = (fault: Fault, kind: FaultKind, account: string | undefined): boolean =>
    fault.kind === kind &&
    (fault.account === undefined || account === undefined || fault.account === account);
  return {
    add: (input) => {
      const fault = { ...input, id: randomUUID(), remaining: input.count };
      waiting.push(fault);
      return fault;
    },
    list: () => waiting,
    remove: (id) => {
      const before = waiting.length;
      waiting = waiting.filter((fault) => fault.id !== id);
      return waiting.length < before;
    },
    clear: () => {
      waiting = [];
    },
    take: (kind, account, accept = () => true) => {
      const found = waiting.find((fault) => hits(fault, kind, account) && accept(fault));
      if (found === undefined) return undefined;
      if (found.remaining === 1) waiting = waiting.filter((fault) => fault !== found);
      else if (found.remaining > 1) found.remaining -= 1;
      return found;
    },
    isActive: (kind, account) => waiting.some((fault) => hits(fault, kind, account)),
  };
}

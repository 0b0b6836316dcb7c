import { randomUUID } from "node:crypto";
import type { FaultKind } from "../api/fault-kinds.ts";
import type { Fault, FaultInput } from "../api/faults.ts";

/** Faults waiting to hit; each is used up `count` times. */
export type Faults = {
  /** Throws TooManyFaults. */
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
  restore(faults: Fault[]): void;
};

export class TooManyFaults extends Error {
  constructor() {
    super(`${faultsMax} faults wait already: take some back first`);
    this.name = "TooManyFaults";
  }
}

const faultsMax = 1000;

type FaultEvent = "fault_added" | "fault_hit" | "fault_removed" | "faults_cleared";

/** `tell` hears of every change, so that it is saved and shown. */
export function createFaults(tell: (event: FaultEvent, fault?: Fault) => void): Faults {
  let waiting: Fault[] = [];
  const drop = (fault: Fault): void => {
    waiting = waiting.filter((each) => each !== fault);
    tell("fault_removed", fault);
  };
  return {
    add: (input) => {
      if (waiting.length >= faultsMax) throw new TooManyFaults();
      const createdAt = new Date().toISOString();
      const fault = { ...input, id: randomUUID(), remaining: input.count, createdAt };
      waiting.push(fault);
      tell("fault_added", fault);
      return fault;
    },
    list: () => waiting,
    remove: (id) => {
      const found = waiting.find((fault) => fault.id === id);
      if (found !== undefined) drop(found);
      return found !== undefined;
    },
    clear: () => {
      if (waiting.length === 0) return;
      waiting = [];
      tell("faults_cleared");
    },
    take: (kind, account, accept = () => true) => {
      const found = waiting.find((fault) => hits(fault, kind, account) && accept(fault));
      if (found === undefined) return undefined;
      tell("fault_hit", found);
      if (found.remaining === 1) drop(found);
      else if (found.remaining > 1) found.remaining -= 1;
      return found;
    },
    isActive: (kind, account) => waiting.some((fault) => hits(fault, kind, account)),
    restore: (faults) => {
      waiting = [...faults];
    },
  };
}

const hits = (fault: Fault, kind: FaultKind, account: string | undefined): boolean =>
  fault.kind === kind &&
  (fault.account === undefined || account === undefined || fault.account === account);

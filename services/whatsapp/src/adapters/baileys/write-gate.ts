import { AsyncLocalStorage } from "node:async_hooks";
import type { BinaryNode } from "@whiskeysockets/baileys";

/**
 * The last moment before a message's bytes reach the kernel. `relayMessage` looks up devices,
 * encrypts, commits keys and writes in one call, and asks for a privacy token afterwards. The gate
 * follows that call through its async context and speaks up at the socket itself, for the one frame
 * that carries the message, in the same turn as the write.
 */
export type WriteGate = {
  /** Runs one relay, which has to pass `lastCall` on. `beforeWrite` runs at most once. */
  run<T>(beforeWrite: () => void, relay: (lastCall: BinaryNode[]) => Promise<T>): Promise<T>;
  /** Called by the socket; a throw keeps the frame from being written. */
  check(): void;
};

type Passage = { beforeWrite: () => void; next: boolean };

export function createWriteGate(): WriteGate {
  const passages = new AsyncLocalStorage<Passage>();
  return {
    run(beforeWrite, relay) {
      const passage: Passage = { beforeWrite, next: false };
      const lastCall = nodesThatTell(() => {
        passage.next = true;
      });
      return passages.run(passage, () => relay(lastCall));
    },
    check() {
      const passage = passages.getStore();
      if (passage?.next !== true) return;
      passage.next = false;
      passage.beforeWrite();
    },
  };
}

/**
 * No additional nodes. The library counts them when the stanza is complete, and from there to the
 * write it does not yield: the next frame in this context is the message.
 */
function nodesThatTell(counted: () => void): BinaryNode[] {
  return new Proxy<BinaryNode[]>([], {
    get(target, name, receiver): unknown {
      if (name === "length") counted();
      return Reflect.get(target, name, receiver);
    },
  });
}

import type { MessageDetail } from "@rarity/contracts/messages";
import { messageStatuses } from "@rarity/contracts/status";
import { describe, expect, test } from "vitest";
import type { Chain } from "./chain.ts";
import { messageChain } from "./message-chain.ts";

const at = "2026-01-02T03:04:05.000Z";

const message = (parts: Partial<MessageDetail>): MessageDetail => ({
  id: "m1",
  conversationId: "c1",
  accountId: "a1",
  channel: "whatsapp",
  direction: "out",
  seq: 1,
  status: "queued",
  statusReason: null,
  content: { type: "text", text: "hello" },
  priority: "opener",
  sendAt: null,
  replyTo: null,
  providerMessageId: null,
  backfilled: false,
  metadata: {},
  createdBy: null,
  createdAt: at,
  updatedAt: at,
  history: [],
  attempts: [],
  waiting: null,
  ...parts,
});

const blocked: Chain = {
  about: "WhatsAppAccount/sales",
  verdict: "Paired: link a phone.",
  links: [{ what: "Paired", state: "stopped", says: "link a phone", next: "pair it" }],
  next: "pair it",
};

describe("why a message has not arrived", () => {
  test("a wait has its reason and its end", () => {
    const waiting = { reason: "LIMIT_PER_HOUR", message: "The hour's limit is used", until: at };
    const chain = messageChain(message({ waiting }), undefined);
    expect(chain.verdict).toBe(`It waits until ${at}: The hour's limit is used.`);
    expect(chain.next).toBeUndefined();
  });

  test("a queued message waits for what stops its account", () => {
    const chain = messageChain(message({}), blocked);
    expect(chain.verdict).toBe("It waits for its account. Paired: link a phone.");
    expect(chain.next).toBe("pair it");
  });

  test("a message that arrived does not blame its account", () => {
    const chain = messageChain(message({ status: "read" }), blocked);
    expect(chain.verdict).toBe("It arrived: read.");
    expect(chain.next).toBeUndefined();
  });

  test("an uncertain message asks for a person's decision", () => {
    const chain = messageChain(message({ status: "uncertain" }), undefined);
    expect(chain.next).toMatch(/POST \/api\/messages\/m1\/resolve/);
  });

  test("attempts are told with what the provider said", () => {
    const error = { class: "transient", code: "TIMEOUT", message: "no answer" } as const;
    const attempt = { n: 1, state: "absent", startedAt: at, settledAt: at } as const;
    const chain = messageChain(
      message({ attempts: [{ ...attempt, providerMessageId: "x", error }] }),
      undefined,
    );
    expect(chain.links[1]).toMatchObject({ what: "attempt 1", says: "absent: TIMEOUT, no answer" });
  });

  test.each([...messageStatuses, "received"] as const)("%s has a verdict", (status) => {
    const { verdict } = messageChain(message({ status }), undefined);
    expect(verdict).not.toMatch(/does not know|undefined|null|</);
  });

  test("the text of the message is not shown", () => {
    expect(JSON.stringify(messageChain(message({}), blocked))).not.toContain("hello");
  });
});

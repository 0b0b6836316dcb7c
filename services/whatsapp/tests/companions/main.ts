import { waitFor } from "@rarity/platform/testing";
import { z } from "zod";
import { muteConsole } from "../../src/adapters/baileys/mute-console.ts";
import { pinTrustRoot } from "../../src/adapters/baileys/trust.ts";
import { keepSessionsWhole } from "../../src/adapters/baileys/whole-sessions.ts";
import { createTestAccount, createTestPermit } from "../support/test-account.ts";
import type { TestAccount } from "../support/test-account.ts";

/**
 * Linked devices that nobody kills: the second device of an account and those of its leads. One
 * process for all of them, told what to do by the fault suite over its channel to the parent.
 */
const [sandboxUrl = "", wireUrl = "", rootKeyHex = ""] = process.argv.slice(2);
muteConsole();
keepSessionsWhole();
pinTrustRoot(rootKeyHex);

const command = z.discriminatedUnion("do", [
  z.object({ n: z.number(), do: z.literal("link"), phone: z.string() }),
  z.object({
    n: z.number(),
    do: z.literal("send"),
    phone: z.string(),
    to: z.string(),
    text: z.string(),
  }),
]);
type Command = z.infer<typeof command>;

const accounts = new Map<string, TestAccount>();
const noMedia = {
  receive: () => Promise.reject(new Error("no media here")),
  write: () => Promise.reject(new Error("no media here")),
  read: () => Promise.reject(new Error("no media here")),
  stream: () => Promise.reject(new Error("no media here")),
  remove: () => Promise.resolve(),
  close: () => Promise.resolve(),
};

async function link(phone: string): Promise<{ device: number }> {
  let device: number | undefined;
  const account = createTestAccount({
    wireUrl,
    media: noMedia,
    pairing: { method: "qr" },
    onShown: async (_method, qr) => {
      device ??= await scan(phone, qr);
    },
  });
  accounts.set(phone, account);
  await account.connect();
  await waitFor(() => account.isOpen(), { timeoutMs: 60_000, what: `the companion of ${phone}` });
  return { device: device ?? 0 };
}

async function scan(phone: string, qr: string): Promise<number> {
  const answer = await fetch(`${sandboxUrl}/api/phones/${phone}/scan`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ qr }),
  });
  return z.object({ device: z.number() }).parse(await answer.json()).device;
}

async function send(phone: string, to: string, text: string): Promise<{ id: string }> {
  const account = accounts.get(phone);
  if (account === undefined) throw new Error("not linked");
  const attempt = account.attempt(to, { type: "text", text });
  const outcome = await account.driver.send(attempt, createTestPermit());
  if (outcome.outcome !== "acked") throw new Error(outcome.outcome);
  // Only what a test reads; hours of traffic must not pile up.
  account.inbound.length = 0;
  account.receipts.length = 0;
  return { id: attempt.providerToken };
}

const run = (given: Command): Promise<object> =>
  given.do === "link" ? link(given.phone) : send(given.phone, given.to, given.text);

process.on("message", (message) => {
  const given = command.parse(message);
  run(given).then(
    (result) => process.send?.({ n: given.n, result }),
    (error: unknown) => process.send?.({ n: given.n, error: String(error) }),
  );
});
process.on("disconnect", () => process.exit(0));
process.send?.({ n: 0, result: {} });

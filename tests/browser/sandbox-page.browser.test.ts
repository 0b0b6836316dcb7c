import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { waitFor } from "@rarity/platform/testing";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import {
  openChannelWorld,
  patience,
  type ChannelWorld,
  type Json,
} from "../support/channel-world.ts";
import { startCutProxy } from "../api/cut-proxy.ts";
import { openBrowser } from "./chromium.ts";
import { seriousViolations, watchPage } from "./watch-page.ts";

const SALES = "15550006001";
const LEAD = "15550006002";
const pictureFile = fileURLToPath(
  new URL("../../scripts/src/demo/steps/picture.png", import.meta.url),
);

let world: ChannelWorld;
let browser: Browser;
let page: Page;
let problems: string[];
let conversationId: string;

beforeAll(async () => {
  [world, browser] = await Promise.all([openChannelWorld(), openBrowser()]);
  world.startPod();
}, 120_000);

afterAll(async () => {
  await browser.close();
  await world.stop();
});

beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(20_000);
  ({ problems } = watchPage(page));
});

afterEach(async () => {
  expect(problems).toEqual([]);
  await page.close();
});

const openChat = async (phone: string, peer: string): Promise<void> => {
  await page.goto(`${world.sandbox.url}/#/${phone}/${peer}`);
  await page.locator("#conversation").waitFor();
};

const message = (text: string): Locator => page.locator("#messages .message", { hasText: text });

const sendText = async (text: string): Promise<string> => {
  const accepted = await world.api("POST", "/api/messages/send", {
    to: { identity: { channel: "whatsapp", kind: "phone", value: `+${LEAD}` } },
    accountId: world.tenant.accountId,
    content: { type: "text", text },
  });
  conversationId = String(accepted["conversationId"]);
  return String(accepted["id"]);
};

/** The message of the conversation that fits, once it is there. */
const inConversation = (fits: (content: Json) => boolean, what: string): Promise<Json> =>
  waitFor(
    async () => {
      const { messages } = await world.api("GET", `/api/conversations/${conversationId}`);
      const { data } = messages as { data: { content: Json }[] };
      return data.map(({ content }) => content).find(fits);
    },
    { ...patience, what },
  );

const statusOf = async (id: string): Promise<unknown> =>
  (await world.api("GET", `/api/messages/${id}`))["status"];

async function addPhone(number: string, name: string, business: boolean): Promise<void> {
  await page.getByRole("button", { name: "Add phone" }).click();
  const dialog = page.getByRole("dialog", { name: "Add a phone" });
  await dialog.getByLabel("Number, with the country code").fill(`+${number}`);
  await dialog.getByLabel("Name others see").fill(name);
  if (business) await dialog.getByLabel("Business account").check();
  await dialog.getByRole("button", { name: "Add phone" }).click();
  await page.locator("#phone-name", { hasText: name }).waitFor();
}

test("phones are added, a bad QR is refused in words, the pasted QR pairs the account", async () => {
  await page.goto(world.sandbox.url);
  await page.getByText("No phones yet.").waitFor();
  expect(await seriousViolations(page)).toEqual([]);
  await addPhone(LEAD, "Lena Lead", false);
  await addPhone(SALES, "Sales Team", true);

  await page.getByRole("button", { name: "Link a device" }).click();
  const dialog = page.getByRole("dialog", { name: "Link a device" });
  const link = dialog.getByRole("button", { name: "Link with QR text" });
  const alert = dialog.locator("#scan [role=alert]");
  await dialog.getByLabel("Text of the QR").fill("not a QR");
  await link.click();
  await alert.getByText("Paste the whole text of the QR").waitFor();
  await dialog.getByLabel("Text of the QR").fill("2@used,a,b,c,d");
  await link.click();
  await alert.getByText("This QR is not known here").waitFor();
  expect(await seriousViolations(page)).toEqual([]);

  const qr = await waitFor(
    async () => {
      const pairing = await world.api("GET", `/api/accounts/${world.tenant.accountId}/pairing`);
      return pairing["qr"] as string | undefined;
    },
    { ...patience, what: "a QR" },
  );
  await dialog.getByLabel("Text of the QR").fill(qr);
  await link.click();
  await dialog.waitFor({ state: "hidden" });
  await page.getByText("Device 1: connected").waitFor();
  await world.until({ state: "connected", phone: `+${SALES}` });
});

test("a message of the account shows up by itself, and the answer reaches the conversation", async () => {
  await page.goto(`${world.sandbox.url}/#/${LEAD}`);
  await page.getByText("No chats yet.").waitFor();
  const id = await sendText("Shall we talk on Tuesday?");
  const chat = page.getByRole("button", { name: /Sales Team/ }).last();
  await page.locator("#chats").getByText("Shall we talk on Tuesday?").waitFor();
  await chat.click();
  await message("Shall we talk on Tuesday?").getByText("unread").waitFor();
  await waitFor(async () => (await statusOf(id)) === "delivered", {
    ...patience,
    what: "delivery",
  });

  await page.getByRole("button", { name: "Mark as read (1)" }).click();
  await waitFor(async () => (await statusOf(id)) === "read", {
    ...patience,
    what: "the read mark",
  });

  await message("Shall we talk on Tuesday?").hover();
  await page.getByRole("button", { name: "Reply to: Shall we talk on Tuesday?" }).click();
  await page.getByLabel("Message", { exact: true }).fill("Tuesday is fine\nat ten");
  await page.keyboard.press("Enter");
  await message("at ten").locator(".quoted", { hasText: "Shall we talk on Tuesday?" }).waitFor();
  await inConversation(({ text }) => text === "Tuesday is fine\nat ten", "the answer");
  await message("at ten")
    .getByRole("img", { name: /delivered|read/ })
    .waitFor();
  expect(await seriousViolations(page)).toEqual([]);
});

test("reactions go onto the message they are about", async () => {
  await openChat(LEAD, SALES);
  const target = message("Shall we talk on Tuesday?").first();
  await target.hover();
  await page.getByRole("button", { name: "React to: Shall we talk on Tuesday?" }).click();
  await page.getByRole("button", { name: "React with 👍" }).click();
  await target.getByRole("img", { name: "Reactions: 👍" }).waitFor();
  expect(await page.locator("#messages .message").count()).toBe(2);
});

test("a picture is seen on the page, and one from the page arrives byte for byte", async () => {
  await openChat(LEAD, SALES);
  const bytes = await readFile(pictureFile);
  const uploaded = await world.harness.call("/api/media", {
    token: world.tenant.token,
    body: bytes,
    headers: { "content-type": "image/png" },
  });
  await world.api("POST", `/api/conversations/${conversationId}/reply`, {
    content: { type: "image", mediaId: uploaded.body["id"], caption: "Our offer" },
  });
  const image = message("Our offer").getByRole("img", { name: "Picture: Our offer" });
  await image.waitFor();
  await waitFor(
    () =>
      image.evaluate((shown) => (shown as unknown as { naturalWidth: number }).naturalWidth > 0),
    { ...patience, what: "the picture on the page" },
  );

  await page.locator("#attach-input").setInputFiles(pictureFile);
  await page.getByText("picture.png (").waitFor();
  await page.getByLabel("Message", { exact: true }).fill("My answer");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await message("My answer").getByRole("img", { name: "Picture: My answer" }).waitFor();
  const { mediaId } = await inConversation(({ caption }) => caption === "My answer", "the picture");
  const download = await fetch(`${world.harness.url}/api/media/${String(mediaId)}`, {
    headers: { authorization: `Bearer ${world.tenant.token}` },
  });
  expect(bytes.equals(Buffer.from(await download.arrayBuffer()))).toBe(true);
});

test("what is sent while the phone is off waits for it", async () => {
  await openChat(LEAD, SALES);
  await page.getByRole("switch", { name: "online" }).uncheck();
  await page.getByText("The phone is off.").waitFor();
  await sendText("Are you there?");
  await page.getByText("1 thing waits for it").waitFor();
  expect(await message("Are you there?").count()).toBe(0);
  await page.getByRole("switch", { name: "online" }).check();
  await message("Are you there?").waitFor();
});

test("a phone answers by itself when it is told to", async () => {
  await openChat(LEAD, SALES);
  await page.getByText("Behaviour").click();
  await page.getByLabel("Its answer").fill("I call you back");
  await page.getByRole("switch", { name: "Answers linked devices by itself" }).check();
  await sendText("Hello again");
  await message("I call you back").waitFor();
  await inConversation(({ text }) => text === "I call you back", "the automatic answer");
  await page.getByRole("switch", { name: "Answers linked devices by itself" }).uncheck();
});

test("a fault is added, hits, and is gone from the list", async () => {
  await openChat(LEAD, SALES);
  await page.getByRole("button", { name: "Faults" }).click();
  const dialog = page.getByRole("dialog", { name: "Faults" });
  await dialog.getByLabel("What goes wrong").selectOption({ label: "Message refused" });
  await dialog.locator("select[name=account]").selectOption({ label: "Sales Team" });
  await dialog.getByLabel("Code", { exact: true }).fill("479");
  await dialog.getByRole("button", { name: "Add fault" }).click();
  await dialog.getByText("Message refused 479, Sales Team").waitFor();
  expect(await seriousViolations(page)).toEqual([]);
  const id = await sendText("Refused");
  await dialog.getByText("Nothing is broken.").waitFor();
  await waitFor(async () => (await statusOf(id)) === "failed", {
    ...patience,
    what: "the refusal",
  });
});

test("the page finds back by itself when its connection was cut, and works on a small screen", async () => {
  const way = await startCutProxy();
  onTestFinished(() => way.close());
  await way.to(world.sandbox.url);
  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto(`http://127.0.0.1:${way.port}/#/${LEAD}/${SALES}`);
  await page.locator("#live", { hasText: "Live" }).waitFor();
  expect(await seriousViolations(page)).toEqual([]);
  way.cut();
  await page.getByText("Reconnecting").waitFor();
  await sendText("While you were away");
  await way.restore();
  await page.locator("#live", { hasText: "Live" }).waitFor();
  await message("While you were away").waitFor();
  await page.getByRole("button", { name: "Back to the chats" }).click();
  await page.getByRole("button", { name: "Link a device" }).waitFor();
  await page.getByRole("button", { name: "Back to the phones" }).click();
  await page.getByRole("button", { name: /Sales Team/ }).waitFor();
});

test("unlinking on the page logs the account out", async () => {
  await page.goto(`${world.sandbox.url}/#/${SALES}`);
  await page.getByRole("button", { name: "Unlink device 1" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Unlink" }).click();
  await page.getByText("None. Clients link with a QR or a code.").waitFor();
  await world.until({ state: "logged_out" });
});

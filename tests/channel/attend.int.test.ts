import { waitFor } from "@rarity/platform/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  openChannelWorld,
  patience,
  type ChannelWorld,
  type Json,
} from "../support/channel-world.ts";

const [salesPhone, leadPhone] = ["15550002001", "15550002002"];
let world: ChannelWorld;

beforeAll(async () => {
  world = await openChannelWorld();
  const { sandbox } = world;
  await sandbox.post("/api/phones", { phone: salesPhone, name: "Sales", business: true });
  await sandbox.post("/api/phones", { phone: leadPhone, name: "Lead" });
  world.startPod();
  await world.pair(salesPhone);
}, 120_000);
afterAll(() => world.stop());

const conversation = (): Promise<Json> =>
  waitFor(
    async () => {
      const { data } = await world.api("GET", "/api/conversations");
      return (data as Json[])[0];
    },
    { ...patience, what: "the conversation" },
  );

const typingSeen = async (): Promise<unknown[]> => {
  const { data } = (await world.sandbox.get("/api/events")) as {
    data: { type: string; phone: string; data: { from: string; state: string } }[];
  };
  return data
    .filter(({ type, phone }) => type === "chatstate" && phone === leadPhone)
    .map((event) => event.data.state);
};

describe("what a rep does besides writing", { timeout: 120_000 }, () => {
  test("a conversation marked read over the API shows blue ticks on the other phone", async () => {
    const { sandbox } = world;
    const sent = await sandbox.post(`/api/phones/${leadPhone}/send`, {
      to: salesPhone,
      text: "have you read this?",
    });
    const { id } = sent as { id: string };
    const statusOnPhone = async (): Promise<unknown> => {
      const chat = await sandbox.get(`/api/phones/${leadPhone}/chats/${salesPhone}/messages`);
      return (chat as { data: Json[] }).data.find((message) => message["id"] === id)?.["status"];
    };
    const found = await conversation();
    await waitFor(async () => (await statusOnPhone()) === "delivered", patience);
    const read = await world.api("POST", `/api/conversations/${String(found["id"])}/read`, {});
    expect(read).toMatchObject({ unreadCount: 0, readSeq: 1 });
    await waitFor(async () => (await statusOnPhone()) === "read", {
      ...patience,
      what: "blue ticks",
    });
  });

  test("typing shows on the other phone, and ends", async () => {
    const path = `/api/conversations/${String((await conversation())["id"])}/typing`;
    await world.api("POST", path, { state: "composing" });
    await waitFor(async () => (await typingSeen()).includes("composing"), patience);
    await world.api("POST", path, { state: "recording" });
    await waitFor(async () => (await typingSeen()).includes("audio"), patience);
    await world.api("POST", path, { state: "paused" });
    await waitFor(async () => (await typingSeen()).at(-1) === "paused", patience);
  });
});

import type { BinaryNode } from "@whiskeysockets/baileys";
import { expect, test } from "vitest";
import { createWriteGate } from "./write-gate.ts";

/** Writes as the library does: lookups first, then the message, then something on its own. */
const relay = (frame: (name: string) => void) => async (nodes: BinaryNode[]) => {
  frame("lookup");
  await Promise.resolve();
  if (nodes.length > 0) throw new Error("the gate adds no nodes");
  frame("message");
  await Promise.resolve();
  frame("token");
};

test("speaks up once, before the frame that carries the message", async () => {
  const gate = createWriteGate();
  const order: string[] = [];
  const frame = (name: string) => {
    gate.check();
    order.push(name);
  };
  await gate.run(() => order.push("gate"), relay(frame));
  expect(order).toEqual(["lookup", "gate", "message", "token"]);
});

test("keeps two messages apart, and frames of neither", async () => {
  const gate = createWriteGate();
  const entered: string[] = [];
  const frame = () => gate.check();
  const both = ["a", "b"].map((name) => gate.run(() => entered.push(name), relay(frame)));
  gate.check();
  await Promise.all(both);
  expect(entered.sort()).toEqual(["a", "b"]);
});

test("keeps the frame from being written when it is closed", async () => {
  const gate = createWriteGate();
  const written: string[] = [];
  const frame = (name: string) => {
    gate.check();
    written.push(name);
  };
  const closed = (): void => {
    throw new Error("closed");
  };
  await expect(gate.run(closed, relay(frame))).rejects.toThrow("closed");
  expect(written).toEqual(["lookup"]);
});

import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { createPacker, unpack } from "./packed-objects.ts";

const settings = Object.fromEntries(
  Array.from({ length: 60 }, (_, n) => [`setting-${n}`, `what setting ${n} is good for`]),
);
const account = (name: string, status?: unknown): string =>
  JSON.stringify({
    kind: "Account",
    metadata: { name, namespace: "a", uid: `uid-of-${name}`, labels: { instance: name } },
    spec: { settings, displayName: `Käufer ${name} 😀` },
    status,
  });

it("gives back what was packed, in a tenth of the room where objects are alike", () => {
  const packer = createPacker();
  for (let n = 0; n < 100; n += 1) {
    const object = account(`account-${n}`);
    const packed = packer.pack(object);
    expect(unpack(packed)).toBe(object);
    expect(packed.text.length).toBeLessThan(object.length / 10);
  }
});

it("learns what objects look like when that has changed, and still reads those of before", () => {
  const packer = createPacker();
  const before = packer.pack(account("first"));
  const findings = Array.from({ length: 60 }, () => randomUUID());
  const sizes = Array.from({ length: 60 }, (_, n) => {
    const object = account(`account-${n}`, { findings });
    const packed = packer.pack(object);
    expect(unpack(packed)).toBe(object);
    return packed.text.length;
  });
  expect(sizes.at(-1)).toBeLessThan((sizes[0] ?? 0) / 4);
  expect(unpack(before)).toBe(account("first"));
});

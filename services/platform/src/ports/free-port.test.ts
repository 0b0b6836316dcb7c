import { once } from "node:events";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { freePort, isFree, preferPort } from "./free-port.ts";

const many = 40;

const inAnotherProcess = async (): Promise<number[]> => {
  const file = fileURLToPath(new URL("free-port.ts", import.meta.url));
  const code = `const { freePort } = await import(${JSON.stringify(file)});
    const ports = []; for (let n = 0; n < ${many}; n += 1) ports.push(await freePort());
    console.log(JSON.stringify(ports)); process.stdin.once("data", () => process.exit()); process.stdin.resume();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  after.push(() => child.stdin.end("x"));
  return JSON.parse(line.toString()) as number[];
};

const after: (() => void)[] = [];

it("hands out no port twice, neither here nor in processes that live at once", async () => {
  const answers = await Promise.all([
    Promise.all(Array.from({ length: many }, () => freePort())),
    ...Array.from({ length: 4 }, inAnotherProcess),
  ]);
  for (const end of after) end();
  const ports = answers.flat();
  expect(ports).toHaveLength(5 * many);
  expect(new Set(ports).size).toBe(ports.length);
  expect(Math.max(...ports)).toBeLessThan(30_000);
});

it("prefers the wanted port while nobody listens on it", async () => {
  const port = await freePort();
  expect(await preferPort(port)).toBe(port);
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  expect(await isFree(port)).toBe(false);
  expect(await preferPort(port)).not.toBe(port);
  server.close();
});

// Started by account-resources.cluster.test.ts: makes one call and prints what came of it.
import { AppError } from "@rarity/platform/errors";
import {
  createAccountResources,
  type AccountResourcesOptions,
} from "../adapters/operator/account-resources.ts";
import type { AccountResources } from "../usecases/ports.ts";

const options = JSON.parse(process.argv[2] ?? "") as AccountResourcesOptions;
const [method, ...input] = JSON.parse(process.argv[3] ?? "") as [
  keyof AccountResources,
  ...never[],
];
const resources = createAccountResources(options) as unknown as Record<
  string,
  (...args: unknown[]) => Promise<unknown>
>;
try {
  const ok = await resources[method]?.(...input);
  process.stdout.write(JSON.stringify({ ok: ok ?? null }));
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  const { code, message, details } = error;
  process.stdout.write(JSON.stringify({ error: { code, message, details } }));
}

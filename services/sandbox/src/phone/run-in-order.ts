import type { Account } from "../model.ts";

/** Signal ratchets demand one operation at a time per phone. */
export function runInOrder<T>(account: Account, task: () => Promise<T>): Promise<T> {
  const { phone } = account;
  const result = phone.chain.then(task);
  phone.chain = result.catch(() => undefined);
  return result;
}

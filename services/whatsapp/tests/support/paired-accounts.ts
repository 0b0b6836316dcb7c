import type { MediaStorage, MediaStore } from "@rarity/platform/media";
import { waitFor } from "@rarity/platform/testing";
import { direct } from "../../src/adapters/proxy/way-out.ts";
import type { WayOut } from "../../src/adapters/proxy/way-out.ts";
import type { SandboxProcess } from "./sandbox-process.ts";
import { createTestAccount } from "./test-account.ts";
import type { TestAccount } from "./test-account.ts";

const salesPhone = "15550001001";
export const leadPhone = "15550001002";
export const patience = { timeoutMs: 40_000 };

/** An account and the store of the organization it belongs to. */
export type Side = { account: TestAccount; media: MediaStore; phone: string };
export type PairedAccounts = { sales: Side; lead: Side; stop(): Promise<void> };

/** Two people with a phone each, and a linked device on either, of two organizations. */
export async function pairAccounts(
  sandbox: SandboxProcess,
  storage: MediaStorage,
  wayOut: WayOut = direct,
): Promise<PairedAccounts> {
  await sandbox.post("/api/phones", { phone: salesPhone, name: "Sales", business: true });
  await sandbox.post("/api/phones", { phone: leadPhone, name: "Lead" });
  const pair = async (phone: string, orgId: string): Promise<Side> => {
    const media = storage.forTenant(orgId);
    const account = createTestAccount({
      ...{ wireUrl: sandbox.wireUrl, media, pairing: { method: "qr" }, wayOut },
      onShown: async (_method, qr) => {
        await sandbox.post(`/api/phones/${phone}/scan`, { qr });
      },
    });
    await account.connect();
    await waitFor(() => account.isOpen(), { ...patience, what: "an open connection" });
    return { account, media, phone };
  };
  const sales = await pair(salesPhone, "00000000-0000-7000-8000-000000000001");
  const lead = await pair(leadPhone, "00000000-0000-7000-8000-000000000002");
  return {
    sales,
    lead,
    stop: async () => {
      const stops = [sales, lead].map(({ account }) => account.driver.stop("shutdown"));
      await Promise.allSettled(stops);
    },
  };
}

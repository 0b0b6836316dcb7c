import type { EnsureAccountBody } from "@rarity/contracts/internal";
import { accountIdOf, stableStringify } from "../../api/names.ts";
import type { WhatsAppAccount } from "../../api/whatsapp-account.ts";
import type { AccountSources } from "../../sources/account-sources.ts";

export type Registration = { ok: true } | { ok: false; message: string };

export interface Registrar {
  register(account: WhatsAppAccount): Promise<Registration>;
  forget(accountId: string): void;
}

/**
 * Makes sure the accounts service has each account as its resource says. Said again only when the
 * resource changed, or when the service no longer lists what it was told.
 */
export const createRegistrar = (
  sources: Pick<AccountSources, "ensureAccount" | "runtimeOf">,
): Registrar => {
  const said = new Map<string, string>();
  return {
    register: async (account) => {
      const accountId = accountIdOf(account);
      const body = registrationOf(account);
      const text = stableStringify(body);
      if (said.get(accountId) === text) return { ok: true };
      try {
        await sources.ensureAccount(accountId, body);
        said.set(accountId, text);
        return { ok: true };
      } catch (error) {
        // A row from before is good enough to run with; the next pass tries again.
        const reading = sources.runtimeOf(accountId);
        if (reading.ok && reading.runtime !== undefined) return { ok: true };
        return { ok: false, message: error instanceof Error ? error.message : "failed" };
      }
    },
    forget: (accountId) => {
      said.delete(accountId);
    },
  };
};

const registrationOf = ({ metadata, spec }: WhatsAppAccount): EnsureAccountBody => ({
  orgId: spec.orgId,
  name: metadata.name,
  displayName: spec.displayName,
  channel: "whatsapp",
  paused: spec.paused,
  limits: spec.limits ?? {},
  pacing: spec.pacing ?? {},
});

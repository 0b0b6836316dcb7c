import type { EnsureAccountBody } from "@rarity/contracts/internal";
import { accountKinds, type Account } from "../../api/account-kinds.ts";
import { accountIdOf, shortHash } from "../../api/names.ts";
import type { AccountSources } from "../../sources/account-sources.ts";

export type Registration = { ok: true } | { ok: false; message: string };

export interface Registrar {
  register(account: Account, sources: RegistrarSources): Promise<Registration>;
  forget(accountId: string): void;
}

type RegistrarSources = Pick<AccountSources, "ensureAccount" | "runtimeOf">;

/** The list of accounts is read each second or so. */
const listedWithinMs = 3_000;

/**
 * Makes sure the accounts service has each account as its resource says. Said again only when the
 * resource changed, or when the service no longer lists what it was told.
 */
export const createRegistrar = (nowMs = (): number => performance.now()): Registrar => {
  const said = new Map<string, { digest: string; atMs: number }>();
  return {
    register: async (account, sources) => {
      const accountId = accountIdOf(account);
      const body = registrationOf(account);
      const digest = shortHash(body);
      const last = said.get(accountId);
      // What was said just now is in no list yet.
      const isFresh = last !== undefined && nowMs() - last.atMs < listedWithinMs;
      if (last?.digest === digest && (isFresh || isKnown(sources, accountId) !== false)) {
        return { ok: true };
      }
      try {
        await sources.ensureAccount(accountId, body);
        said.set(accountId, { digest, atMs: nowMs() });
        return { ok: true };
      } catch (error) {
        // A row from before is good enough to run with; the next pass tries again.
        if (isKnown(sources, accountId) === true) return { ok: true };
        return { ok: false, message: error instanceof Error ? error.message : "failed" };
      }
    },
    forget: (accountId) => {
      said.delete(accountId);
    },
  };
};

/** Undefined while the service does not answer. */
const isKnown = (sources: RegistrarSources, accountId: string): boolean | undefined => {
  const reading = sources.runtimeOf(accountId);
  return reading.ok ? reading.runtime !== undefined : undefined;
};

const registrationOf = ({ kind, metadata, spec }: Account): EnsureAccountBody => ({
  orgId: spec.orgId,
  name: metadata.name,
  displayName: spec.displayName,
  channel: accountKinds[kind].channel,
  paused: spec.paused,
  limits: spec.limits ?? {},
  pacing: spec.pacing ?? {},
});

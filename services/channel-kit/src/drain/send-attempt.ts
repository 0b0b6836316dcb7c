import type { CrashPoint } from "@rarity/platform/crash-point";
import type { Clock } from "../clock.ts";
import type { ChannelDriver, OutboundAttempt, SendOutcome, SendPermit } from "../driver.ts";
import { GateClosedError } from "../driver.ts";
import { gateIsOpen } from "./gate.ts";

export type SendDeps = {
  driver: Pick<ChannelDriver, "send" | "timing">;
  leaseRemainingMs(): number;
  /** Aborts on lease loss and on shutdown's last deadline. */
  signal: AbortSignal;
  clock: Clock;
  crashPoint: CrashPoint;
  /** The moment bytes may have left: pacing counts from here. */
  onEntered(): void;
};

/** One call to the provider, guarded: always answers, never throws, never claims more than it saw. */
export async function sendAttempt(
  deps: SendDeps,
  attempt: OutboundAttempt,
  resend: boolean,
): Promise<SendOutcome> {
  const timeout = new AbortController();
  const permit = createPermit(deps, timeout.signal, resend);
  if (!gateIsOpen(deps.leaseRemainingMs(), deps.driver.timing.writeWindowMs)) {
    return { outcome: "absent", reason: "gate_closed", evidence: { gate: "closed" } };
  }
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<SendOutcome>((resolve) => {
    timer = setTimeout(() => {
      timeout.abort();
      resolve(openOutcome(permit, "no_ack_in_time"));
    }, deps.driver.timing.ackTimeoutMs);
  });
  try {
    const sent = deps.driver.send(attempt, permit);
    return await Promise.race([sent.catch((error: unknown) => thrown(permit, error)), timedOut]);
  } catch (error) {
    return thrown(permit, error);
  } finally {
    clearTimeout(timer);
  }
}

type Permit = SendPermit & { entered: boolean };

function createPermit(deps: SendDeps, timeout: AbortSignal, resend: boolean): Permit {
  let signal: AbortSignal | undefined;
  const permit: Permit = {
    entered: false,
    // Made when a driver asks for it: most have written and returned before anybody could abort.
    get signal() {
      return (signal ??= AbortSignal.any([deps.signal, timeout]));
    },
    resend,
    enter: () => {
      const remainingMs = deps.leaseRemainingMs();
      if (
        deps.signal.aborted ||
        timeout.aborted ||
        !gateIsOpen(remainingMs, deps.driver.timing.writeWindowMs)
      ) {
        throw new GateClosedError(remainingMs);
      }
      deps.crashPoint("K4");
      permit.entered = true;
      deps.onEntered();
      // K5 is "in flight": the write of this turn has reached the kernel, no answer yet.
      setImmediate(() => deps.crashPoint("K5"));
    },
  };
  return permit;
}

function thrown(permit: Permit, error: unknown): SendOutcome {
  const reason = error instanceof GateClosedError ? "gate_closed" : "driver_threw";
  const name = error instanceof Error ? error.name : "unknown";
  return openOutcome(permit, reason, { error: name });
}

/** Before `enter()` nothing can have left; after it nobody knows. */
function openOutcome(
  permit: Permit,
  reason: string,
  evidence: Record<string, string> = {},
): SendOutcome {
  return permit.entered
    ? { outcome: "unresolved", reason, evidence: { ...evidence, entered: true } }
    : { outcome: "absent", reason, evidence: { ...evidence, entered: false } };
}

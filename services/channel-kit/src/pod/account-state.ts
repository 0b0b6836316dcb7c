import type { ClosedReason, DriverState } from "../driver.ts";
import type { AccountState } from "../store/channel-store.ts";

/** What people see of the account for a state of the connection. */
export function accountStateOf(state: DriverState, wasOpen: boolean): AccountState {
  switch (state.state) {
    case "connecting":
      return { state: wasOpen ? "reconnecting" : "connecting", reason: null, detail: null };
    case "pairing":
      return { state: "pairing", reason: null, detail: state.detail ?? null };
    case "open":
      return { state: "connected", reason: null, detail: null };
    case "closed":
      return {
        state: closedStates[state.reason],
        reason: state.cause ?? state.reason,
        detail: state.message ?? null,
      };
  }
}

const closedStates: Record<ClosedReason, string> = {
  network: "reconnecting",
  restart_required: "reconnecting",
  replaced: "reconnecting",
  fenced: "reconnecting",
  logged_out: "logged_out",
  pairing_failed: "pairing",
  restricted: "restricted",
  failed: "failed",
};

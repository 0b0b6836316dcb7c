/** What went wrong between us and the proxy, or beyond it. */
export type ProxyFailure = "unreachable" | "silent" | "auth_refused" | "refused";

/** Nothing was sent to the far side. Carries neither the proxy's address nor its credentials. */
export class ProxyError extends Error {
  readonly failure: ProxyFailure;
  constructor(failure: ProxyFailure) {
    super(`the proxy: ${failure}`);
    this.name = "ProxyError";
    this.failure = failure;
  }
}

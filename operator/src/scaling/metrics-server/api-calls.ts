/** Under which name the metrics server applies. */
export const metricsFieldManager = "rarity-metrics-server";

/**
 * The Kubernetes API server by paths, as far as the metrics server needs it: reviews and the
 * cluster-wide objects that the Cluster port has no kinds for. Failures other than those named
 * reject.
 */
export interface ApiCalls {
  /** Undefined when it is absent. */
  read<T>(path: string): Promise<T | undefined>;
  /** POST. Undefined when an object of that name exists. */
  create<T>(path: string, body: unknown): Promise<T | undefined>;
  /** PUT with the resourceVersion that was read. Undefined when it has changed since. */
  replace<T>(path: string, body: unknown): Promise<T | undefined>;
  /** Server-side apply as metricsFieldManager, without force. Undefined when another manager set a field differently. */
  apply<T>(path: string, body: unknown): Promise<T | undefined>;
  /** DELETE with preconditions in the body; false when they did not hold. Absent is as good as deleted. */
  remove(path: string, body?: unknown): Promise<boolean>;
}

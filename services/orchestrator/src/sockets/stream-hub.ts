import type { Logger } from "pino";
import { OrgStream, type ReadStream } from "./org-stream.ts";
import type { WireEvent } from "./wire-event.ts";

export interface StreamHubDeps {
  readonly logger: Logger;
  readonly read: ReadStream;
  readonly nowMs: () => number;
  readonly coalesceMs: number;
}

/** The streams somebody in this process listens to. */
export class StreamHub {
  readonly #deps: StreamHubDeps;
  readonly #streams = new Map<string, Promise<OrgStream>>();
  readonly #open = new Map<string, OrgStream>();
  readonly #users = new Map<string, number>();

  constructor(deps: StreamHubDeps) {
    this.#deps = deps;
  }

  /** Call `release` once for every `acquire` that resolved. */
  async acquire(orgId: string): Promise<OrgStream> {
    this.#users.set(orgId, (this.#users.get(orgId) ?? 0) + 1);
    let stream = this.#streams.get(orgId);
    if (stream === undefined) {
      stream = this.#start(orgId);
      this.#streams.set(orgId, stream);
    }
    try {
      return await stream;
    } catch (error) {
      this.release(orgId);
      throw error;
    }
  }

  release(orgId: string): void {
    const users = (this.#users.get(orgId) ?? 1) - 1;
    if (users > 0) {
      this.#users.set(orgId, users);
      return;
    }
    this.#users.delete(orgId);
    this.#streams.delete(orgId);
    this.#open.get(orgId)?.close();
    this.#open.delete(orgId);
  }

  /** Publications of organizations nobody here listens to are dropped. */
  push(orgId: string, events: readonly WireEvent[]): void {
    this.#open.get(orgId)?.push(events);
  }

  async verify(quietMs: number): Promise<void> {
    for (const stream of this.#open.values()) await stream.verify(quietMs);
  }

  close(): void {
    for (const stream of this.#open.values()) stream.close();
    this.#open.clear();
    this.#streams.clear();
    this.#users.clear();
  }

  async #start(orgId: string): Promise<OrgStream> {
    const { headSeq } = await this.#deps.read(orgId, Number.MAX_SAFE_INTEGER, 1);
    const stream = new OrgStream({ ...this.#deps, orgId }, headSeq);
    if (this.#users.has(orgId)) this.#open.set(orgId, stream);
    return stream;
  }
}

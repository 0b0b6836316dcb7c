import { ClientFrame, orgStream, wsCloseCodes } from "@rarity/contracts/events";
import type { AuthContext, TokenVerifier } from "@rarity/platform/auth";
import { AppError, asAppError } from "@rarity/platform/errors";
import { refuseUnstorable } from "@rarity/platform/http";
import type { Logger } from "@rarity/platform/logger";
import { handleCommand, requireScope, type FrameDeps } from "./handle-frame.ts";
import type { SocketOutbox } from "./outbox.ts";
import type { ReadStream } from "./org-stream.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { StreamHub } from "./stream-hub.ts";
import { Subscription } from "./subscription.ts";

export interface ConnectionDeps extends FrameDeps {
  readonly logger: Logger;
  readonly verifier: TokenVerifier;
  readonly hub: StreamHub;
  readonly read: ReadStream;
  readonly outbox: SocketOutbox;
  readonly rateLimit: RateLimit;
  /** False when the organization has as many connections as it may. */
  readonly admit: (orgId: string) => boolean;
  readonly now: () => Date;
}

const authWithinMs = 5_000;
const waitingFramesMax = 100;
const timerMaxMs = 2 ** 31 - 1;

type Identity = AuthContext & { orgId: string };

/** One client. Its frames are handled one after the other, in the order they came. */
export class Connection {
  readonly #deps: ConnectionDeps;
  #auth: Identity | undefined;
  #authTimer: NodeJS.Timeout;
  #subscription: Subscription | undefined;
  #work: Promise<void> = Promise.resolve();
  #waiting = 0;
  #closed = false;

  constructor(deps: ConnectionDeps) {
    this.#deps = deps;
    this.#authTimer = this.#refuseAfter(authWithinMs, "no valid token in time");
  }

  get orgId(): string | undefined {
    return this.#auth?.orgId;
  }

  /** A token from the upgrade request spares the client its first frame. */
  authenticate(token: string, frameId = "upgrade"): void {
    this.#enqueue(() => this.#signIn(token, frameId));
  }

  receive(text: string): void {
    if (this.#waiting >= waitingFramesMax) {
      this.#deps.outbox.close(wsCloseCodes.tooMany, "too many frames at once");
      return;
    }
    this.#enqueue(() => this.#handle(text));
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#authTimer);
    this.#unsubscribe();
  }

  #enqueue(task: () => Promise<void>): void {
    this.#waiting += 1;
    this.#work = this.#work.then(async () => {
      this.#waiting -= 1;
      if (this.#closed || !this.#deps.outbox.open) return;
      await task();
    });
  }

  async #handle(text: string): Promise<void> {
    let id = "";
    let clientId: string | undefined;
    try {
      const value = parseJson(text);
      ({ id, clientId } = labelsOf(value));
      refuseUnstorable(value);
      const parsed = ClientFrame.safeParse(value);
      if (!parsed.success) throw invalid(parsed.error.issues);
      if (!this.#deps.rateLimit.take()) throw new AppError("API_RATE_LIMITED");
      await this.#dispatch(parsed.data);
    } catch (error) {
      this.#replyError(id, clientId, error);
    }
  }

  async #dispatch(frame: ClientFrame): Promise<void> {
    if (frame.type === "auth") return this.#signIn(frame.data.token, frame.id);
    const auth = this.#auth;
    if (auth === undefined) {
      this.#deps.outbox.close(wsCloseCodes.unauthenticated, "authenticate first");
      return;
    }
    if (frame.type === "ping") {
      this.#reply("pong", frame.id, {});
      return;
    }
    if (frame.type === "subscribe") {
      return this.#subscribe(auth, frame.id, frame.data.streams, frame.data.afterSeq);
    }
    if (frame.type === "resume") {
      return this.#subscribe(auth, frame.id, [frame.data.stream], frame.data.afterSeq);
    }
    this.#reply("ack", frame.id, await handleCommand(this.#deps, auth, frame));
  }

  /** Also with a fresh token later on: the connection then lives as long as that one. */
  async #signIn(token: string, frameId: string): Promise<void> {
    const { outbox, verifier, admit, now } = this.#deps;
    let auth: AuthContext;
    try {
      auth = await verifier.verify(token);
    } catch (error) {
      const { code } = asAppError(error);
      if (code === "UNAUTHENTICATED") {
        outbox.close(wsCloseCodes.unauthenticated, "the token is not valid");
      } else this.#replyError(frameId, undefined, error);
      return;
    }
    // The socket may have gone while the token was checked; nothing may be counted for it then.
    if (this.#closed) return;
    const { orgId } = auth;
    if (orgId === null || (this.#auth !== undefined && this.#auth.orgId !== orgId)) {
      outbox.close(wsCloseCodes.unauthenticated, "the token is for no or another organization");
      return;
    }
    if (this.#auth === undefined && !admit(orgId)) {
      outbox.close(wsCloseCodes.tooMany, "too many connections");
      return;
    }
    this.#auth = { ...auth, orgId };
    clearTimeout(this.#authTimer);
    const leftMs = auth.tokenExp * 1000 - now().getTime();
    this.#authTimer = this.#refuseAfter(leftMs, "the token has expired");
    const streams = [orgStream(orgId)];
    this.#reply("ready", frameId, { userId: auth.userId, orgId, streams });
  }

  async #subscribe(
    auth: Identity,
    frameId: string,
    streams: readonly string[],
    afterSeq: number | undefined,
  ): Promise<void> {
    requireScope(auth, "messages:read");
    const own = orgStream(auth.orgId);
    if (streams.some((stream) => stream !== "org" && stream !== own)) {
      throw new AppError("FORBIDDEN", `The only stream here is ${own}`);
    }
    this.#unsubscribe();
    const { hub, read, outbox } = this.#deps;
    const stream = await hub.acquire(auth.orgId);
    if (this.#closed) {
      hub.release(auth.orgId);
      return;
    }
    const position = afterSeq ?? stream.flushedSeq;
    const subscription = new Subscription(
      {
        orgId: auth.orgId,
        stream,
        read,
        send: (frame) => outbox.send(frame),
        sendAndDrain: (frame) => outbox.sendAndDrain(frame),
        resyncRequired: (headSeq) =>
          this.#reply("resync_required", frameId, { stream: own, headSeq }),
      },
      position,
    );
    this.#subscription = subscription;
    this.#reply("subscribed", frameId, { streams: [{ stream: own, seq: position }] });
    try {
      await subscription.catchUp();
    } catch (error) {
      // Half subscribed would look like silence: the client hears the error and subscribes again.
      if (this.#subscription === subscription) this.#unsubscribe();
      throw error;
    }
  }

  #unsubscribe(): void {
    if (this.#subscription === undefined || this.#auth === undefined) return;
    this.#subscription.close();
    this.#subscription = undefined;
    this.#deps.hub.release(this.#auth.orgId);
  }

  #reply(type: string, id: string, data: object): void {
    this.#deps.outbox.reply({ v: 1, type, id, at: this.#deps.now().toISOString(), data });
  }

  #replyError(id: string, clientId: string | undefined, error: unknown): void {
    const { code, message, details, retryable } = asAppError(error);
    if (code === "INTERNAL") this.#deps.logger.error({ err: error }, "frame failed");
    const data = { code, message, details, retryable };
    this.#reply("error", id, clientId === undefined ? data : { ...data, clientId });
  }

  #refuseAfter(ms: number, reason: string): NodeJS.Timeout {
    return setTimeout(
      () => this.#deps.outbox.close(wsCloseCodes.unauthenticated, reason),
      Math.min(Math.max(ms, 0), timerMaxMs),
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AppError("MALFORMED_JSON");
  }
}

/** Best effort: an error should name the frame it answers even when the frame is not valid. */
function labelsOf(value: unknown): { id: string; clientId: string | undefined } {
  const frame = (value ?? {}) as { id?: unknown; data?: { clientId?: unknown } | null };
  const clientId = frame.data?.clientId;
  return {
    id: typeof frame.id === "string" ? frame.id.slice(0, 64) : "",
    clientId: typeof clientId === "string" ? clientId.slice(0, 255) : undefined,
  };
}

function invalid(issues: readonly { path: PropertyKey[]; message: string }[]): AppError {
  return new AppError("VALIDATION_FAILED", undefined, {
    details: {
      issues: issues.slice(0, 20).map(({ path, message }) => ({
        path: path.map(String).join("."),
        message,
      })),
    },
  });
}

import type { RouteDefinition } from "@rarity/contracts/route";
import type { z } from "zod";
import type { KubeObject, ObjectRef } from "../api/objects.ts";
import type { NoteEvent } from "./why/account-facts.ts";

/** The resources, wherever they live: a cluster or the local runtime. */
export interface Objects {
  /** For people: which server these answers come from. */
  where: string;
  /** Used when the command line names none. */
  namespace: string;
  get(ref: ObjectRef): Promise<KubeObject | undefined>;
  /** Undefined namespace: all. A kind that is not served has no objects. */
  list(kind: string, options: ListChoice): Promise<KubeObject[]>;
  mergePatch(ref: ObjectRef, patch: unknown): Promise<KubeObject>;
  /** What the server would make of it, defaults included. Writes nothing; refusals are ServerRefusals. */
  dryRun(change: DryRun): Promise<KubeObject>;
  /** Whether this server has the kind. */
  serves(kind: string): Promise<boolean>;
  /** Pods of a cluster, or processes of the local runtime, which has no Platforms. */
  runs: "pods" | "processes";
  /** Events about one object, newest first. */
  eventsOf(object: KubeObject): Promise<NoteEvent[]>;
}

export type DryRun =
  /** Server-side apply, taking over what other managers set. */
  | { as: "apply"; object: KubeObject; fieldManager: string }
  | { as: "merge"; ref: ObjectRef; patch: unknown; fieldManager: string };

export interface ListChoice {
  namespace?: string | undefined;
  labelSelector?: Record<string, string>;
}

/** The platform's public API, called as one organization. */
export interface PlatformApi {
  url: string;
  call<R extends RouteDefinition>(
    route: R,
    options?: { params?: Record<string, string>; body?: unknown },
  ): Promise<ResponseOf<R>>;
}

type ResponseOf<R extends RouteDefinition> = R["response"] extends {
  schema: infer S extends z.ZodType;
}
  ? z.infer<S>
  : undefined;

export interface Output {
  /** The answer, to standard output. */
  print(text: string): void;
  /** Progress and remarks, to standard error. */
  note(text: string): void;
}

/** A failure that the person at the terminal can do something about; the message says what. */
export class CliError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1, options?: ErrorOptions) {
    super(message, options);
    this.name = "CliError";
    this.exitCode = exitCode;
  }
}

/** The server answered, and its answer was no. */
export class ServerRefusal extends CliError {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = "ServerRefusal";
    this.status = status;
  }
}

/** EX_USAGE, sysexits.h. */
export const usageExit = 64;

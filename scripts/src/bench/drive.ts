import { Pool } from "undici";
import { WebSocket } from "ws";
import { waitUntil } from "../lib/wait-until.ts";

export type Pipeline = {
  url: string;
  path: string;
  headers: Record<string, string>;
  body: (n: number) => unknown;
  /** Opens the socket and answers a function that counts the finished messages in one frame. */
  onOpen: (send: (text: string) => void) => void;
  countSent: (frame: string) => number;
};

export type Drive = { perSecond: number; acceptsPerSecond: number };

const connections = 64;

/** Sent before the measured ones: pools and connections are open then. */
export const warmUpMessages = 500;

/** Closed loop: 64 connections post until `messages` are accepted; ends when the last event arrived. */
export const drivePipeline = async (pipeline: Pipeline, messages: number): Promise<Drive> => {
  const http = new Pool(pipeline.url, { connections });
  const socket = new WebSocket(`${pipeline.url.replace(/^http/, "ws")}/ws`);
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  let seen = 0;
  socket.on("message", (data: Buffer) => (seen += pipeline.countSent(data.toString())));
  pipeline.onOpen((text) => socket.send(text));
  try {
    await run(http, pipeline, warmUpMessages, () => seen);
    seen = 0;
    return await run(http, pipeline, messages, () => seen);
  } finally {
    socket.terminate();
    await http.destroy();
  }
};

const run = async (
  http: Pool,
  pipeline: Pipeline,
  messages: number,
  seen: () => number,
): Promise<Drive> => {
  let next = 0;
  const target = seen() + messages;
  const began = performance.now();
  const work = async (): Promise<void> => {
    while (next < messages) {
      next += 1;
      await post(http, pipeline, JSON.stringify(pipeline.body(next)));
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  const acceptedAt = performance.now();
  await waitUntil(
    `${messages} messages to be sent (${seen()} so far)`,
    () => seen() >= target,
    120_000,
    2,
  );
  const seconds = (performance.now() - began) / 1000;
  return {
    perSecond: messages / seconds,
    acceptsPerSecond: (messages / (acceptedAt - began)) * 1000,
  };
};

/** Without a stream for the answer: what posts shares the processors with what is measured. */
const post = (http: Pool, { path, headers }: Pipeline, body: string): Promise<void> =>
  new Promise((resolve, reject) => {
    let status = 0;
    let text = "";
    http.dispatch(
      { method: "POST", path, headers: { "content-type": "application/json", ...headers }, body },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, code) => {
          status = code;
        },
        onResponseData: (_controller, chunk) => {
          if (status !== 202) text += chunk.toString();
        },
        onResponseEnd: () => {
          if (status === 202) resolve();
          else reject(new Error(`${status}: ${text.slice(0, 300)}`));
        },
        onResponseError: (_controller, error) => reject(error),
      },
    );
  });

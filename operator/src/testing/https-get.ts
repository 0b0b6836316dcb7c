import { request, type RequestOptions } from "node:https";

export interface HttpsAnswer {
  code: number;
  body: unknown;
}

/** One GET over a connection of its own, unless an agent is given. Headers may repeat. */
export const httpsGet = (options: RequestOptions): Promise<HttpsAnswer> =>
  new Promise((resolve, reject) => {
    const call = request({ host: "127.0.0.1", agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const isJson = (response.headers["content-type"] ?? "").includes("json");
        const body: unknown = isJson ? JSON.parse(text) : text;
        resolve({ code: response.statusCode ?? 0, body });
      });
    });
    call.on("error", reject);
    call.end();
  });

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export type PortForward = { url: string; stop: () => void };

/** `kubectl port-forward` to a port of a Service's pod, at a free port of this machine's loopback. */
export const forwardPort = (
  kubectl: { file: string; args: readonly string[] },
  { namespace, target, port }: { namespace: string; target: string; port: number },
): Promise<PortForward> => {
  const args = ["-n", namespace, "port-forward", target, `:${port}`];
  const child = spawn(kubectl.file, [...kubectl.args, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const stop = (): void => void child.kill();
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new Error(`kubectl port-forward to ${target} ended with ${code}`)),
    );
    createInterface({ input: child.stdout }).on("line", (line) => {
      const at = /^Forwarding from (127\.0\.0\.1:\d+) /.exec(line)?.[1];
      if (at !== undefined) resolve({ url: `http://${at}`, stop });
    });
  });
};

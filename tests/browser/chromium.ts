import { chromium, type Browser } from "playwright-core";
import { findOnPath } from "../../scripts/src/lib/find-on-path.ts";

const binaries = ["chromium", "google-chrome"];

/** The machine's own browser: nothing is downloaded, and it fetches nothing by itself. */
export async function openBrowser(): Promise<Browser> {
  const found = await Promise.all(binaries.map(findOnPath));
  const executablePath = found.find((path) => path !== undefined);
  if (executablePath === undefined) {
    throw new Error(`none of ${binaries.join(", ")} is on PATH: run scripts/test browser`);
  }
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      // Chromium refuses to start as root with its sandbox on.
      ...(isRoot ? ["--no-sandbox"] : []),
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

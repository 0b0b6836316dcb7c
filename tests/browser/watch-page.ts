import axe, { type AxeResults } from "axe-core";
import type { ConsoleMessage, Page } from "playwright-core";

type Violation = { id: string; help: string; nodes: string[] };

/** Everything the page complained about, but for what a test does to it on purpose. */
export function watchPage(page: Page): { problems: string[] } {
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !isProvoked(message))
      problems.push(`${message.text()} ${message.location().url}`);
  });
  return { problems };
}

/**
 * The browser itself notes every answer of 400 and more and every connection that breaks, whatever
 * the page makes of it: a QR that is refused, everything while the way to the sandbox is cut.
 */
const isProvoked = (message: ConsoleMessage): boolean =>
  message.text().startsWith("Failed to load resource") &&
  (/\/api\/phones\/\d+\/(scan|enter-code)$/.test(message.location().url) ||
    message.text().includes("net::ERR_"));

/** What axe finds serious or worse in what the page shows now. */
export async function seriousViolations(page: Page): Promise<Violation[]> {
  // Not as a script element: the page's own policy would refuse it.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const loaded = globalThis as unknown as { axe: { run(): Promise<AxeResults> } };
    const { violations } = await loaded.axe.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html }) => html) }));
  });
}

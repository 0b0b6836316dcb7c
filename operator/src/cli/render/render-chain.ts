import type { Chain, Link, LinkState } from "../why/chain.ts";
import { ago } from "./ago.ts";

const marks: Record<LinkState, string> = { ok: "ok", waits: "..", stopped: "!!", unknown: "??" };

/** The answer first, then the chain link by link, then what to do. */
export const renderChain = (chain: Chain, now: Date): string => {
  const width = Math.max(...chain.links.map(({ what }) => what.length), 0);
  const lines = chain.links.map((link) => renderLink(link, width, now));
  const next = chain.next === undefined ? [] : ["", `Next: ${chain.next}`];
  return [chain.verdict, "", ...lines, ...next].join("\n");
};

const renderLink = ({ what, state, says, since }: Link, width: number, now: Date): string =>
  `  ${marks[state]}  ${what.padEnd(width)}  ${says}${since === undefined ? "" : `, ${ago(since, now)}`}`;

import { isDeepStrictEqual } from "node:util";
import { isRecord, keysOf } from "./keyed-list.ts";

/**
 * What there is, changed as `prior` becomes `after`. Where the two agree the live value stays, so
 * that nothing shows as a change that only this program does not know: values of Secrets, defaults
 * of the server, what another version of the operator built.
 */
export const graft = (live: unknown, prior: unknown, after: unknown): unknown => {
  if (isDeepStrictEqual(prior, after)) return live;
  if (isRecord(live) && isRecord(prior) && isRecord(after)) return graftRecord(live, prior, after);
  if (Array.isArray(live) && Array.isArray(prior) && Array.isArray(after)) {
    return graftList(live, prior, after);
  }
  return after;
};

type Fields = Record<string, unknown>;

const graftRecord = (live: Fields, prior: Fields, after: Fields): Fields => {
  const names = new Set([...Object.keys(live), ...Object.keys(after)]);
  const kept = [...names].filter((name) => name in after || !(name in prior));
  const values = kept.map((name) => [
    name,
    name in after ? graft(live[name], prior[name], after[name]) : live[name],
  ]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined)) as Fields;
};

/** Lists whose items have names are merged by name, as the API server does; others are replaced. */
const graftList = (live: unknown[], prior: unknown[], after: unknown[]): unknown => {
  const [liveItems, priorItems, afterItems] = [live, prior, after].map(keysOf);
  if (liveItems === undefined || priorItems === undefined || afterItems === undefined) return after;
  return Object.values(graftRecord(liveItems, priorItems, afterItems));
};

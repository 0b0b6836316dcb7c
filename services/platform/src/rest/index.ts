export { makeRest, restAfter } from "./rest.ts";
export type { Rest, RestPolicy } from "./rest.ts";

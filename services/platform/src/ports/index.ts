export { freePort, isFree, preferPort } from "./free-port.ts";

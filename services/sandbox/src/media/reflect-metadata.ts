/**
 * The certificate library's container asks for the `reflect-metadata` functions when it loads.
 * This is the part it uses; importing the module installs it, so it must come first.
 */
type Metadata = Map<unknown, unknown>;
const store = new WeakMap<object, Metadata>();

const getOwnMetadata = (key: unknown, target: object): unknown => store.get(target)?.get(key);

function getMetadata(key: unknown, target: object): unknown {
  for (let owner: object | null = target; owner !== null;) {
    const found = getOwnMetadata(key, owner);
    if (found !== undefined) return found;
    owner = Object.getPrototypeOf(owner) as object | null;
  }
  return undefined;
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const entries = store.get(target) ?? new Map<unknown, unknown>();
  entries.set(key, value);
  store.set(target, entries);
}

const metadata =
  (key: unknown, value: unknown) =>
  (target: object): void =>
    defineMetadata(key, value, target);

if (!("getMetadata" in Reflect)) {
  Object.assign(Reflect, { getMetadata, getOwnMetadata, defineMetadata, metadata });
}

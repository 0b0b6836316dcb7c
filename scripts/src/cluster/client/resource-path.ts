/** How a kind appears in the API's paths. */
export type Mapping = { root: string; plural: string; namespaced: boolean };

export const collectionPath = (mapping: Mapping, namespace?: string): string =>
  mapping.namespaced && namespace !== undefined
    ? `${mapping.root}/namespaces/${namespace}/${mapping.plural}`
    : `${mapping.root}/${mapping.plural}`;

/** A namespaced object without a namespace lives in `default`. */
export const objectPath = (
  mapping: Mapping,
  metadata: { name: string; namespace?: string },
): string =>
  `${collectionPath(mapping, metadata.namespace ?? "default")}/${encodeURIComponent(metadata.name)}`;

import { collectDefaultMetrics, Registry } from "prom-client";

export interface Registries {
  /** What every replica measures. */
  base: Registry;
  /** For the controllers of one term as the leader; in place of the one of the term before. */
  newTerm(): Registry;
  read(): Promise<{ contentType: string; text: string }>;
}

const labelled = (): Registry => {
  const registry = new Registry();
  registry.setDefaultLabels({ service: "operator" });
  return registry;
};

/** Queue lengths of a term that has ended say nothing: a term begins with metrics of its own. */
export const createRegistries = (): Registries => {
  const base = labelled();
  collectDefaultMetrics({ register: base });
  let term: Registry | undefined;
  return {
    base,
    newTerm: () => (term = labelled()),
    read: async () => {
      const texts = await Promise.all([base, term].map(async (registry) => registry?.metrics()));
      return { contentType: base.contentType, text: texts.join("") };
    },
  };
};

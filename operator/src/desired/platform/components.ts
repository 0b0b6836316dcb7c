/** The core services: what a Platform runs beside its accounts. Ports and neighbours, nothing else. */
export const componentTable = {
  edge: { port: 8080, image: "services", calls: ["orchestrator", "leads", "accounts", "auth"] },
  orchestrator: { port: 3000, image: "services", calls: ["auth"] },
  leads: { port: 3007, image: "services", calls: ["auth"] },
  accounts: { port: 3009, image: "services", calls: ["auth"] },
  auth: { port: 3010, image: "services", calls: [] },
  sandbox: { port: 3900, image: "sandbox", calls: [] },
} as const satisfies Record<string, { port: number; image: ImageFamily; calls: readonly string[] }>;

/** GPL parts are in images of their own. */
export type ImageFamily = "services" | "whatsapp" | "sandbox";
export type Component = keyof typeof componentTable;

/** Which of the stores a component opens; decides its Secret keys and its way out. */
export const storesOf: Record<Component, { database?: string; redis?: true; media?: true }> = {
  edge: {},
  orchestrator: { database: "orchestratorUrl", redis: true, media: true },
  leads: { database: "leadsUrl" },
  accounts: { database: "accountsUrl" },
  auth: { database: "authUrl" },
  sandbox: {},
};

/** The sandbox's further ports: its wire and its media server. */
export const sandboxPorts = { wire: 3901, media: 3902 } as const;

/** The components that call this one. */
export const callersOf = (component: Component): Component[] =>
  (Object.keys(componentTable) as Component[]).filter((caller) =>
    (componentTable[caller].calls as readonly string[]).includes(component),
  );

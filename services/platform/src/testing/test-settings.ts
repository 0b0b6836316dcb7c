/** Handed from the global setup to every test file. */
export type TestSettings = {
  adminUrl: string;
  templateDatabase: string;
  redisUrl: string;
  sealKey: string;
  rolePassword: string;
};

declare module "vitest" {
  interface ProvidedContext {
    rarityTest: TestSettings;
  }
}

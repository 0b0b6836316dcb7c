/** What the global set-up leaves for the test files: the servers of this run. */
export type TestServers = {
  adminUrl: string;
  template: string;
  redisUrl: string;
  sealKey: string;
  rolePassword: string;
};

const variable = "RARITY_TEST_SERVERS";

export const publishServers = (servers: TestServers): void => {
  process.env[variable] = JSON.stringify(servers);
};

export const readServers = (): TestServers => {
  const text = process.env[variable];
  if (text === undefined) {
    throw new Error("no test servers: run integration tests with --project integration");
  }
  return JSON.parse(text) as TestServers;
};

/** What the command line reads from the environment. */
export interface CliConfig {
  /** An API key or access token of the organization. */
  token: string | undefined;
}

export const readCliConfig = (): CliConfig => {
  const token = process.env["RARITY_TOKEN"];
  return { token: token === "" ? undefined : token };
};

import { request } from "./http-client.ts";

export type Session = { accessToken: string; orgId: string };

type AuthAnswer = { accessToken: string; user: { id: string; orgId: string } };

const toSession = (answer: AuthAnswer): Session => ({
  accessToken: answer.accessToken,
  orgId: answer.user.orgId,
});

export const signUp = async (
  base: string,
  input: { email: string; password: string; organization: string },
): Promise<Session> => {
  const body = {
    email: input.email,
    password: input.password,
    name: "Demo person",
    organizationName: input.organization,
  };
  return toSession(await request<AuthAnswer>(base, "POST", "/api/auth/sign-up", { body }));
};

export const signIn = async (base: string, email: string, password: string): Promise<Session> =>
  toSession(
    await request<AuthAnswer>(base, "POST", "/api/auth/sign-in", { body: { email, password } }),
  );

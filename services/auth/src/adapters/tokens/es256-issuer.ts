import { importJWK, SignJWT } from "jose";
import type { TokenIssuer } from "../../usecases/ports.ts";
import type { SigningKey } from "./signing-keys.ts";

export interface IssuerOptions {
  readonly keys: readonly SigningKey[];
  readonly issuer: string;
  readonly audience: string;
  readonly lifetimeS: number;
  readonly now: () => Date;
}

export async function createEs256Issuer(options: IssuerOptions): Promise<TokenIssuer> {
  const { issuer, audience, lifetimeS, now } = options;
  const [first] = options.keys;
  if (!first) throw new Error("there is no signing key");
  const key = await importJWK(first, "ES256");
  // Named one by one, so that nothing private can slip in.
  const keys = options.keys.map(({ kty, crv, x, y, kid }) => {
    return { kty, crv, x, y, kid, alg: "ES256", use: "sig" };
  });

  return {
    async issue(claims) {
      const issuedAtS = Math.floor(now().getTime() / 1000);
      const expiresAtS = issuedAtS + lifetimeS;
      const token = await new SignJWT(claims)
        .setProtectedHeader({ alg: "ES256", kid: first.kid, typ: "JWT" })
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issuedAtS)
        .setExpirationTime(expiresAtS)
        .sign(key);
      return { token, expiresAt: new Date(expiresAtS * 1000), expiresInS: lifetimeS };
    },
    jwks: () => ({ keys }),
  };
}

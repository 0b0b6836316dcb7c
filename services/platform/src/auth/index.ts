export { createTokenVerifier } from "./token-verifier.ts";
export type { AuthContext, Issuer, TokenVerifier, TokenVerifierOptions } from "./token-verifier.ts";
export { createApiKeyVerifier } from "./verify-api-key.ts";

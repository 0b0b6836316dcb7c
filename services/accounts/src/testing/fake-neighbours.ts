import { createServer, type Server } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";

export interface FakeNeighbours {
  url: string;
  /** Resources by name, as the operator would keep them. */
  resources: Map<string, { metadata: { name: string; namespace: string }; spec: Spec }>;
  isOperatorDown: boolean;
  tokenFor(orgId: string, role: string): Promise<string>;
  close(): Promise<void>;
}

type Spec = Record<string, unknown> & { orgId: string; accountId: string };

/** The operator's API and the token issuer's keys, small enough to see through. */
export const startFakeNeighbours = async (): Promise<FakeNeighbours> => {
  const { publicKey, privateKey } = await generateKeyPair("ES256");
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "test", alg: "ES256" }] };
  const resources: FakeNeighbours["resources"] = new Map();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = (request.url ?? "").split("?")[0] ?? "";
      const text = Buffer.concat(chunks).toString("utf8");
      const answer =
        path === "/jwks"
          ? { code: 200, body: jwks }
          : neighbours.isOperatorDown
            ? { code: 503, body: {} }
            : answerAsOperator(resources, { method: request.method ?? "", path, text });
      response.writeHead(answer.code, { "content-type": "application/json" });
      response.end(JSON.stringify(answer.body));
    });
  });
  const neighbours: FakeNeighbours = {
    url: await listen(server),
    resources,
    isOperatorDown: false,
    tokenFor: async (orgId, role) =>
      new SignJWT({ role: "authenticated", app_metadata: { org_id: orgId, org_role: role } })
        .setProtectedHeader({ alg: "ES256", kid: "test" })
        .setSubject("018f6a2e-7c1d-7d0a-9b54-000000000001")
        .setIssuer("http://issuer.test")
        .setAudience("authenticated")
        .setIssuedAt()
        .setExpirationTime("5m")
        .sign(privateKey),
    close: async () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return neighbours;
};

const listen = async (server: Server): Promise<string> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
};

const answerAsOperator = (
  resources: FakeNeighbours["resources"],
  { method, path, text }: { method: string; path: string; text: string },
): { code: number; body: unknown } => {
  const name = /\/whatsappaccounts\/([^/]+)$/.exec(path)?.[1];
  const found = name === undefined ? undefined : resources.get(name);
  if (method === "GET" && name === undefined) {
    const items = [...resources.values()].map((one) => ({
      ...one,
      status: { accountId: one.spec.accountId, desiredReplicas: 1, readyReplicas: 1 },
    }));
    return { code: 200, body: { items } };
  }
  if (method === "POST") {
    const object = JSON.parse(text) as NonNullable<typeof found>;
    resources.set(object.metadata.name, object);
    return { code: 201, body: object };
  }
  if (found === undefined || name === undefined) return { code: 404, body: { message: "gone" } };
  if (method === "PATCH") Object.assign(found.spec, (JSON.parse(text) as { spec: object }).spec);
  if (method === "DELETE") resources.delete(name);
  return { code: 200, body: found };
};

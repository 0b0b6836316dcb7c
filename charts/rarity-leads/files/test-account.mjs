// helm test: applies an account, waits until the operator says that it is ready, or that only a person
// is missing, and deletes it again. Run by the operator's image; all it needs is in its environment.
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const { API_URL, TOKEN_FILE, NAMESPACE, ACCOUNT, TIMEOUT_SECONDS, ACCEPTED_REASONS } = process.env;
const accepted = (ACCEPTED_REASONS ?? "").split(",").filter((reason) => reason !== "");
const path = `/apis/rarityleads.io/v1alpha1/namespaces/${NAMESPACE}/whatsappaccounts/${ACCOUNT}`;

const call = async (method, query = "", body = undefined) => {
  const answer = await fetch(new URL(`${path}${query}`, API_URL), {
    method,
    headers: {
      authorization: `Bearer ${readFileSync(TOKEN_FILE, "utf8").trim()}`,
      "content-type": "application/apply-patch+yaml",
    },
    signal: AbortSignal.timeout(10_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok && answer.status !== 404) throw new Error(`${method}: ${answer.status} ${text}`);
  return answer.ok ? JSON.parse(text) : undefined;
};

const account = {
  apiVersion: "rarityleads.io/v1alpha1",
  kind: "WhatsAppAccount",
  metadata: { name: ACCOUNT, namespace: NAMESPACE },
  spec: { orgId: "018f6a2e-7c1d-7d0a-9b54-3f2a1c0d9e11", displayName: "helm test" },
};

const readyOf = ({ metadata, status }) => {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.observedGeneration === metadata.generation ? ready : undefined;
};

const deadline = performance.now() + Number(TIMEOUT_SECONDS) * 1000;
let last = "the operator has said nothing yet";
let done = false;
try {
  await call("PATCH", "?fieldManager=helm-test&force=true", account);
  while (!done && performance.now() < deadline) {
    const ready = readyOf((await call("GET")) ?? { metadata: {} });
    if (ready !== undefined) last = `Ready is ${ready.status}: ${ready.reason}, ${ready.message}`;
    done = ready?.status === "True" || accepted.includes(ready?.reason);
    if (!done) await delay(500);
  }
} finally {
  await call("DELETE");
}
console.log(last);
if (!done) console.error(`not ready within ${TIMEOUT_SECONDS} s`);
process.exitCode = done ? 0 : 1;

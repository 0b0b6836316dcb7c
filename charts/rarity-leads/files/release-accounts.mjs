// After the operator is uninstalled: takes its finalizer off every account, so that nobody waits for an
// operator that is gone. Accounts are not deleted, and nothing else of them is changed.
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const {
  API_URL,
  TOKEN_FILE,
  OPERATOR_NAMESPACE,
  OPERATOR_SELECTOR,
  NAMESPACES,
  PLURALS,
  FINALIZERS,
} = process.env;
const finalizers = FINALIZERS.split(",");
const group = "/apis/rarityleads.io/v1alpha1";
const attemptsMax = 5;
const operatorGoneWithinMs = 90_000;

const call = async (method, path, body = undefined) => {
  const answer = await fetch(new URL(path, API_URL), {
    method,
    headers: {
      authorization: `Bearer ${readFileSync(TOKEN_FILE, "utf8").trim()}`,
      "content-type": "application/merge-patch+json",
    },
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: answer.ok ? JSON.parse(text) : text };
};

/** A pod that is still ending could put the finalizer back. */
const operatorGone = async () => {
  const selector = encodeURIComponent(OPERATOR_SELECTOR);
  const path = `/api/v1/namespaces/${OPERATOR_NAMESPACE}/pods?limit=1&labelSelector=${selector}`;
  const { status, body } = await call("GET", path);
  if (status !== 200) throw new Error(`pods: ${status} ${body}`);
  return body.items.length === 0;
};

const release = async (plural, { metadata }) => {
  const path = `${group}/namespaces/${metadata.namespace}/${plural}/${metadata.name}`;
  let current = metadata;
  for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
    const { resourceVersion } = current;
    const kept = (current.finalizers ?? []).filter((each) => !finalizers.includes(each));
    const patch = { metadata: { resourceVersion, finalizers: kept } };
    const { status, body } = await call("PATCH", path, patch);
    if (status === 200) return;
    if (status !== 409) throw new Error(`${path}: ${status} ${body}`);
    const read = await call("GET", path);
    if (read.status === 404) return;
    current = read.body.metadata;
  }
  throw new Error(`${path} is changed by somebody all the time`);
};

const deadline = performance.now() + operatorGoneWithinMs;
while (!(await operatorGone())) {
  if (performance.now() > deadline) throw new Error("the operator's pods do not end");
  await delay(500);
}
let released = 0;
const folders =
  NAMESPACES === "" ? [""] : NAMESPACES.split(",").map((name) => `/namespaces/${name}`);
for (const folder of folders) {
  for (const plural of PLURALS.split(",")) {
    let more = "";
    do {
      const next = more === "" ? "" : `&continue=${encodeURIComponent(more)}`;
      const { status, body } = await call("GET", `${group}${folder}/${plural}?limit=500${next}`);
      // The kinds went with the chart, or were never there.
      if (status === 404) break;
      if (status !== 200) throw new Error(`${plural}: ${status} ${body}`);
      for (const item of body.items) {
        if (!(item.metadata.finalizers ?? []).some((each) => finalizers.includes(each))) continue;
        await release(plural, item);
        released += 1;
      }
      more = body.metadata.continue ?? "";
    } while (more !== "");
  }
}
console.log(`${released} account(s) released`);

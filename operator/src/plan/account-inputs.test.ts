import { expect, it } from "vitest";
import { accountKinds } from "../api/account-kinds.ts";
import { buildPodDeployment } from "../desired/account/pod-deployment.ts";
import type { PlatformContext } from "../desired/platform/context.ts";
import { testAccount } from "../testing/fixtures.ts";
import { platformContext } from "../testing/platform-fixtures.ts";
import { accountInputs } from "./account-inputs.ts";
import type { AccountObservation } from "./plan-account.ts";

const account = testAccount();
const { channel } = accountKinds[account.kind];
const secrets = {
  ...{ [`rarity-database/${channel}Url`]: "1", "rarity-database/leadsUrl": "1" },
  ...{ "rarity-redis/url": "1", "rarity-keys/tenantSealKey": "1", "rarity-keys/sessionKeys": "1" },
  ...{ "rarity-keys/internalToken": "1", "rarity-media/secretAccessKey": "1" },
  ...{ "rarity-media/accessKeyId": "1" },
};
const before: PlatformContext = { ...platformContext("platform-full"), secretDigests: secrets };

const inputs = (context: PlatformContext): string =>
  JSON.stringify(
    accountInputs({
      account,
      installation: { ok: true, installation: { runs: "pods", context } },
    } as AccountObservation),
  );
const template = (context: PlatformContext): string =>
  JSON.stringify(buildPodDeployment(account, context, 1).spec.template);

/** Every way to change one thing of a Platform or its Secrets. */
const changes: [string, PlatformContext][] = [
  ...Object.keys(before.platform.spec)
    .filter((field) => !["database", "redis", "secretsRef"].includes(field))
    .map((field): [string, PlatformContext] => {
      const spec = { ...before.platform.spec, [field]: field === "sandbox" ? "On" : undefined };
      return [field, { ...before, platform: { ...before.platform, spec } }];
    }),
  ...Object.keys(secrets).map((key): [string, PlatformContext] => [
    key,
    { ...before, secretDigests: { ...secrets, [key]: "2" } },
  ]),
];

it.each(changes)(
  "a change of %s is one of the pods if, and only if, they are made from it",
  (_, to) => {
    expect(inputs(to) !== inputs(before)).toBe(template(to) !== template(before));
  },
);

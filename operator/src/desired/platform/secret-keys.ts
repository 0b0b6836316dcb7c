import { accountKinds } from "../../api/account-kinds.ts";
import type { Deployment } from "../../api/workloads.ts";
import { buildFoundation, buildServices } from "./build-platform.ts";
import { secretKeysOf } from "./config-hash.ts";
import type { PlatformContext } from "./context.ts";

/** The Secret keys an installation names, as `secret/key`. */
export interface SecretKeys {
  /** Without these its own pods cannot start. */
  required: string[];
  /** Read by account pods of some channels, or by the operator. */
  optional: string[];
}

/** Found in what is built, so that no list of them can be out of date. */
export const secretKeysOfPlatform = (context: PlatformContext): SecretKeys => {
  const required = [...buildFoundation(context), ...buildServices(context)].flatMap((object) =>
    object.kind === "Deployment" || object.kind === "Job"
      ? secretKeysOf((object as Deployment).spec.template.spec)
      : [],
  );
  const { database, secretsRef } = context.platform.spec;
  const optional = [
    ...Object.values(accountKinds).map(({ channel }) => `${database.secretName}/${channel}Url`),
    ...["sessionKeys", "internalToken"].map((key) => `${secretsRef.name}/${key}`),
  ];
  return {
    required: [...new Set(required)],
    optional: optional.filter((key) => !required.includes(key)),
  };
};

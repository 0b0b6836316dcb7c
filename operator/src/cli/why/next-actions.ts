/**
 * What a person does about a reason, by the reasons conditions and waits carry. `<account>` stands for
 * kind and name as the command line takes them.
 */
const actions: Readonly<Record<string, string>> = {
  PairingNeeded: "kubectl rarity pair <account>",
  LoggedOut: "kubectl rarity pair <account>",
  PausedByUser: "kubectl rarity resume <account>",
  ACCOUNT_PAUSED: "kubectl rarity resume <account>",
  DryRun: "set spec.reconcilePolicy to Apply when status.plan is what you want",
  Observe: "set spec.reconcilePolicy to Apply to let the operator act",
  Restricted: "read the provider's notice on the phone; sending resumes when it lifts the limit",
  Failed: "read the message above, correct the spec, and apply it again",
  NotRegistered: "check that the accounts service runs: kubectl rarity status",
  AccountStateUnknown: "check that the accounts service runs: kubectl rarity status",
  QueueDepthUnknown: "check that the orchestrator runs: kubectl rarity status",
  ChannelEnvironmentMissing: "apply a Platform in this namespace and wait until it is Ready",
  PlatformMissing: "apply a Platform in this namespace and wait until it is Ready",
  ImagePullBackOff: "check the image name and the pull secret of the Platform",
  ErrImagePull: "check the image name and the pull secret of the Platform",
  CrashLoopBackOff: "read the pod's log: kubectl logs <pod> --previous",
  CreateContainerConfigError: "create the Secret that the pod's message names",
  Unschedulable: "free or add nodes, or lower the requests in the Platform",
  LOGOUT_REQUESTED: "wait for the logout, then kubectl rarity pair <account>",
  ACCOUNT_REFUSED: "wait: the provider's refusal ends by itself, or read it on the phone",
};

export const nextAction = (
  reason: string,
  names: { account: string; pod?: string },
): string | undefined =>
  actions[reason]?.replaceAll("<account>", names.account).replaceAll("<pod>", names.pod ?? "<pod>");

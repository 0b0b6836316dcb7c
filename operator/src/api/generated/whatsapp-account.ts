// Generated from crds/whatsappaccounts.rarityleads.io.yaml by scripts/src/generate-crd-types.ts. Do not edit.

/**
 * What the account should be.
 */
export interface WhatsAppAccountSpec {
/**
 * The organization that owns the account. Cannot change.
 */
orgId: string
/**
 * The account's id in the API and in the database. Left out, it is derived from the organization, the namespace and the name, and shown in status.accountId.
 */
accountId?: string
/**
 * The name people see in the dashboard.
 */
displayName: string
/**
 * A fixed number of channel pods, set by hand, by an autoscaler or through the scale subresource. While it is set the operator does not scale on queue depth by itself; remove it to scale again.
 */
replicas?: number
/**
 * The fewest channel pods. 0 hibernates an idle account: its pods stop, its session is kept, and a queued message or a pairing request wakes it. Replies that arrive meanwhile are delivered by WhatsApp when it wakes. More than 1 keeps warm standbys.
 */
minReplicas: number
/**
 * The most channel pods. One pod holds the session; the others are warm standbys which take over by lease.
 */
maxReplicas: number
/**
 * The number of messages due now, per pod, above which another pod is started, up to maxReplicas.
 */
targetQueueDepth: number
/**
 * With minReplicas 0, how long an account is idle before it hibernates. 900 when left out.
 */
hibernateAfterSeconds?: number
/**
 * Stops sending. The session stays connected and replies are still received; queued messages wait.
 */
paused: boolean
/**
 * Apply acts. DryRun writes what it would do to status.plan and changes nothing. Observe only reports status.
 */
reconcilePolicy: ("Apply" | "DryRun" | "Observe")
/**
 * What happens to the session when this object is deleted. Retain keeps it, so that the same account can come back without pairing; Delete logs the device out and erases the session: the object stays until that is done, for two minutes at most, and then the session is erased without telling WhatsApp. Messages are kept in both cases.
 */
deletionPolicy: ("Retain" | "Delete")
/**
 * The most this account sends. Enforced before every send; what is over the limit waits.
 */
limits?: {
/**
 * Messages in any 60 seconds. 5 when left out.
 */
perMinute?: number
/**
 * Messages in any 60 minutes. 100 when left out.
 */
perHour?: number
/**
 * Messages in any 24 hours. 800 when left out.
 */
perDay?: number
/**
 * First messages to people who never wrote to this account, in any 24 hours. 20 when left out.
 */
strangersPerDay?: number
/**
 * A lower daily limit for a new account, which grows every day until it reaches perDay.
 */
warmUp?: {
/**
 * Turns the ramp on.
 */
enabled: boolean
/**
 * Messages on the first day after the account is connected.
 */
startPerDay?: number
/**
 * How much the limit grows each day, in percent. 80 turns 20 into 36, then 65.
 */
growthPercent?: number
/**
 * The ramp starts again after this many hours without a message. 72 when left out.
 */
restartAfterIdleHours?: number
}
}
/**
 * How sends are spread, so that the account writes like a person.
 */
pacing?: {
/**
 * The shortest pause between two messages, in milliseconds.
 */
minGapMs?: number
/**
 * The longest pause between two messages, in milliseconds. The pause is drawn between both.
 */
maxGapMs?: number
/**
 * Simulate shows the typing sign for a time that fits the text, where the channel has one; Off does not.
 */
typing?: ("Simulate" | "Off")
}
/**
 * The number in international form with a leading plus sign (E.164). Needed for pairing by code; otherwise checked against the phone that pairs.
 */
phone?: string
/**
 * How the phone is linked. By QR when left out.
 */
pairing?: {
/**
 * QR shows a code to scan with the phone; Code shows eight characters to type into it.
 */
method: ("QR" | "Code")
}
/**
 * The Secret key with the URL (http, https or socks5) of the proxy this account connects through. Nothing connects while it is missing.
 */
proxySecretRef?: {
/**
 * The name of a Secret in the same namespace.
 */
name: string
/**
 * The key in the Secret.
 */
key: string
}
}

/**
 * What the operator sees. Written by the operator only.
 */
export interface WhatsAppAccountStatus {
/**
 * The metadata.generation this status was computed from.
 */
observedGeneration?: number
/**
 * The account's id in the API.
 */
accountId?: string
/**
 * Channel pods that run.
 */
replicas?: number
/**
 * Channel pods that answer their readiness probe.
 */
readyReplicas?: number
/**
 * Channel pods the operator wants now.
 */
desiredReplicas?: number
/**
 * The label selector of the channel pods, for the scale subresource.
 */
selector?: string
/**
 * Messages due now, as a range (0, 1-9, 10-99, 100-999, 1000+), so that a busy queue does not rewrite this object all the time. The exact figure is a metric.
 */
queue?: string
/**
 * Healthy, Degraded (something is wrong, sending may go on), Restricted (the provider limits the account, a person has to act) or Unknown.
 */
health?: ("Healthy" | "Degraded" | "Restricted" | "Unknown")
/**
 * Since when there is nothing to do. Absent while the account is busy.
 */
idleSince?: string
/**
 * Since when fewer pods would do. A scale-down waits for a while so that a short lull stops nothing.
 */
scaleDownSince?: string
/**
 * Who the account is at the provider, masked where it is a phone number (the last four digits only).
 */
identity?: string
/**
 * With reconcilePolicy DryRun, what would be done.
 * 
 * @maxItems 20
 * 
 * Items: One step.
 */
plan?: string[]
/**
 * The account's conditions, one per type.
 * 
 * @maxItems 16
 * 
 * Items: One condition.
 */
conditions?: {
/**
 * What the condition is about, as one CamelCase word, for example Ready.
 */
type: string
/**
 * True, False or Unknown.
 */
status: ("True" | "False" | "Unknown")
/**
 * The generation the condition was computed from.
 */
observedGeneration?: number
/**
 * When status last changed.
 */
lastTransitionTime: string
/**
 * Why, as one CamelCase word.
 */
reason: string
/**
 * Why, as a sentence, with what to do about it.
 */
message: string
}[]
}

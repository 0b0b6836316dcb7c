/**
 * A holder is `<pod>/<incarnation>`. The supervisor of a pod (kubelet, or the local runtime) starts
 * its next process only after the former has ended, so another incarnation of our own pod is dead
 * for certain: the one proof of death that needs nobody's help.
 */
export function holderName(pod: string, incarnation: string): string {
  return `${pod.replaceAll("/", "-")}/${incarnation}`;
}

export function isEarlierLifeOf(holder: string, self: string): boolean {
  return holder !== self && podOf(holder) !== "" && podOf(holder) === podOf(self);
}

function podOf(holder: string): string {
  const slash = holder.lastIndexOf("/");
  return slash < 0 ? "" : holder.slice(0, slash);
}

import { join } from "node:path";
import type { ControlPlanePorts } from "./place.ts";

/** Everything the flags of the four programs are made from. */
export type ControlPlaneLayout = {
  folder: string;
  /** Of the API server; another one than loopback when there are nodes. */
  address: string;
  ports: ControlPlanePorts;
  pki: (name: string) => string;
  auditLogPath: string;
  auditPolicyPath: string;
};

const loopback = (port: number): string => `http://127.0.0.1:${port}`;

export const etcdFlags = ({ folder, ports }: ControlPlaneLayout): string[] => [
  "--name=local",
  `--data-dir=${join(folder, "etcd")}`,
  `--listen-client-urls=${loopback(ports.etcd)}`,
  `--advertise-client-urls=${loopback(ports.etcd)}`,
  `--listen-peer-urls=${loopback(ports.peer)}`,
  `--initial-advertise-peer-urls=${loopback(ports.peer)}`,
  `--initial-cluster=local=${loopback(ports.peer)}`,
  // The data is thrown away: nothing has to reach the disk.
  "--unsafe-no-fsync",
  "--log-level=warn",
];

export const apiServerFlags = (layout: ControlPlaneLayout): string[] => {
  const { folder, ports, pki } = layout;
  return [
    `--etcd-servers=${loopback(ports.etcd)}`,
    `--bind-address=${layout.address}`,
    `--advertise-address=${layout.address}`,
    `--secure-port=${ports.api}`,
    ...(isLoopback(layout) ? loopbackFlags : nodeFlags(layout)),
    `--cert-dir=${join(folder, "apiserver")}`,
    `--tls-cert-file=${pki("apiserver.crt")}`,
    `--tls-private-key-file=${pki("apiserver.key")}`,
    `--client-ca-file=${pki("ca.crt")}`,
    "--authorization-mode=Node,RBAC",
    "--allow-privileged=true",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${pki("sa.pub")}`,
    `--service-account-signing-key-file=${pki("sa.key")}`,
    `--kubelet-client-certificate=${pki("admin.crt")}`,
    `--kubelet-client-key=${pki("admin.key")}`,
    ...aggregationFlags(layout),
    `--audit-policy-file=${layout.auditPolicyPath}`,
    `--audit-log-path=${layout.auditLogPath}`,
    "--audit-log-maxsize=200",
    "--audit-log-maxbackup=1",
  ];
};

const isLoopback = ({ address }: ControlPlaneLayout): boolean => address === "127.0.0.1";

const loopbackFlags = [
  // Loopback is no valid endpoint of the Service `kubernetes`.
  "--endpoint-reconciler-type=none",
  "--kubelet-preferred-address-types=Hostname,InternalIP",
];

/** Kubelets are reached and known by their certificates, Services of pods by the pods themselves. */
const nodeFlags = ({ pki }: ControlPlaneLayout): string[] => [
  "--enable-admission-plugins=NodeRestriction",
  "--kubelet-preferred-address-types=InternalIP",
  `--kubelet-certificate-authority=${pki("ca.crt")}`,
  "--enable-aggregator-routing=true",
];

const aggregationFlags = ({ pki }: ControlPlaneLayout): string[] => [
  `--requestheader-client-ca-file=${pki("front-proxy-ca.crt")}`,
  "--requestheader-allowed-names=front-proxy-client",
  "--requestheader-username-headers=X-Remote-User",
  "--requestheader-group-headers=X-Remote-Group",
  "--requestheader-extra-headers-prefix=X-Remote-Extra-",
  `--proxy-client-cert-file=${pki("front-proxy-client.crt")}`,
  `--proxy-client-key-file=${pki("front-proxy-client.key")}`,
];

const clientFlags = (kubeconfig: string): string[] =>
  ["kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig"].map(
    (flag) => `--${flag}=${kubeconfig}`,
  );

export const controllerManagerFlags = ({
  folder,
  address,
  ports,
  pki,
}: ControlPlaneLayout): string[] => [
  ...clientFlags(join(folder, "kube-controller-manager.kubeconfig")),
  `--bind-address=${address}`,
  `--secure-port=${ports.manager}`,
  `--cert-dir=${join(folder, "manager")}`,
  "--leader-elect=false",
  "--use-service-account-credentials=true",
  `--service-account-private-key-file=${pki("sa.key")}`,
  `--root-ca-file=${pki("ca.crt")}`,
  `--cluster-signing-cert-file=${pki("ca.crt")}`,
  `--cluster-signing-key-file=${pki("ca.key")}`,
  // With the default rate every default ServiceAccount comes five seconds late.
  "--kube-api-qps=1000",
  "--kube-api-burst=2000",
  "--horizontal-pod-autoscaler-sync-period=1s",
];

export const schedulerFlags = ({ folder, address, ports }: ControlPlaneLayout): string[] => [
  ...clientFlags(join(folder, "kube-scheduler.kubeconfig")),
  `--bind-address=${address}`,
  `--secure-port=${ports.scheduler}`,
  `--cert-dir=${join(folder, "scheduler")}`,
  "--leader-elect=false",
  // With the default rate it places fifty pods a second.
  "--kube-api-qps=1000",
  "--kube-api-burst=2000",
];

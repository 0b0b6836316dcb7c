import { resolve } from "node:path";
import { pinnedVersion, type GoProgram } from "./go-program.ts";

const sources = resolve(import.meta.dirname, "../../../cluster");

/** The control plane's four programs in one; with node parts also kubelet, kube-proxy and kubectl. */
export const kubebox = (parts: "control-plane" | "nodes"): GoProgram => {
  const folder = `${sources}/kubebox`;
  const version = pinnedVersion(folder, "k8s.io/kubernetes");
  const [major, minor] = version.slice(1).split(".");
  const facts = {
    gitVersion: version,
    gitMajor: major ?? "",
    gitMinor: minor ?? "",
    gitCommit: "none",
    gitTreeState: "clean",
    buildDate: "1970-01-01T00:00:00Z",
  };
  const packages = ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"];
  return {
    name: "kubebox",
    folder,
    package: ".",
    tags: parts === "nodes" ? ["kubelet", "kubectl", "kubeproxy"] : [],
    ldflags: packages
      .flatMap((name) => Object.entries(facts).map(([key, value]) => `-X ${name}.${key}=${value}`))
      .join(" "),
  };
};

/** Plays the kubelets of nodes that do not exist. */
export const kwok = (): GoProgram => ({
  name: "kwok",
  folder: `${sources}/kwok`,
  package: "sigs.k8s.io/kwok/cmd/kwok",
  tags: [],
  ldflags: "",
});

import { resolve } from "node:path";
import type { GoProgram } from "./go-program.ts";

const sources = resolve(import.meta.dirname, "../../../cluster");

/** What a cluster with real nodes runs beside Kubernetes itself. None of it needs a C compiler. */
const program = (name: string, from = "."): GoProgram => ({
  name,
  folder: `${sources}/${name}`,
  package: from,
  tags: [],
  ldflags: "",
});

/** Names of Services and pods; see its main.go for the plugins that are in it. */
export const coredns = (): GoProgram => program("coredns");

/** Reads Ingresses and tells Envoy. */
export const contour = (): GoProgram =>
  program("contour", "github.com/projectcontour/contour/cmd/contour");

/** The pause container, and a server and clients for proofs. */
export const podbox = (): GoProgram => program("podbox");

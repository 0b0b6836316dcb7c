import { resolve } from "node:path";
import type { GoProgram } from "./go-program.ts";

/** Evaluates the Tiltfile and reads the kind configuration; see its main.go. */
export const devcheck = (): GoProgram => ({
  name: "devcheck",
  folder: resolve(import.meta.dirname, "../../../cluster/devcheck"),
  package: ".",
  tags: [],
  ldflags: "",
});

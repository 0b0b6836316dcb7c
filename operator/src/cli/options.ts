import { parseArgs } from "node:util";
import { CliError, usageExit } from "./ports.ts";

export interface CliOptions {
  namespace: string | undefined;
  allNamespaces: boolean;
  output: "text" | "json";
  context: string | undefined;
  kubeconfig: string | undefined;
  apiUrl: string | undefined;
  file: string | undefined;
  /** Whose fields a file's are taken to be, where the server keeps account of that. */
  fieldManager: string;
  method: "QR" | "Code";
  phone: string | undefined;
  /** Print the text inside the QR instead of the picture. */
  plain: boolean;
  timeoutMs: number;
  help: boolean;
}

export const optionsHelp = `Options:
  -n, --namespace NAME    the namespace; the context's own when left out
  -A, --all-namespaces    every namespace (status, report)
  -o, --output json       JSON for programs instead of text (status, why, diff); also --json
      --context NAME      a context of the kubeconfig
      --kubeconfig FILE   $KUBECONFIG or ~/.kube/config when left out
      --api-url URL       the platform's API; the Platform's own address when left out
  -f, --file FILE         diff: the YAML to compare (- is standard input); report: where to write
      --field-manager M   diff: who will apply the file by server-side apply (kubectl)
      --method QR|Code    pair: how (QR)
      --phone NUMBER      pair by code: the number, as +14155550100
      --plain             pair: the text inside the QR, to paste into an emulated phone
      --timeout SECONDS   pair, pause, resume: how long to wait (120)
  -h, --help

RARITY_TOKEN holds an API key or access token of the organization; message and pair need it.
In the folder of a system that scripts/up runs, no cluster and no token are needed.`;

/** Splits a command line; what it does not know is refused with the reason. */
export const parseCommandLine = (
  argv: readonly string[],
): { command: string | undefined; args: string[]; options: CliOptions } => {
  const { values, positionals } = parse(argv);
  const [command, ...args] = positionals;
  const { namespace, context, kubeconfig, file, phone } = values;
  return {
    command,
    args,
    options: {
      ...{ namespace, context, kubeconfig, file, phone },
      apiUrl: values["api-url"],
      allNamespaces: values["all-namespaces"],
      plain: values.plain,
      help: values.help,
      fieldManager: values["field-manager"],
      output: values.json ? "json" : oneOf("output", values.output, ["text", "json"]),
      method: oneOf("method", values.method, ["QR", "Code"]),
      timeoutMs: readSeconds(values.timeout) * 1000,
    },
  };
};

const oneOf = <T extends string>(name: string, value: string, allowed: readonly T[]): T => {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw usage(`--${name} is ${allowed.join(" or ")}, not ${value}`);
  return found;
};

const readSeconds = (text: string): number => {
  const seconds = Number(text);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= 3600) return seconds;
  throw usage("--timeout is a whole number of seconds from 1 to 3600");
};

// The result's type follows from the options named here.
const parse = (argv: readonly string[]) => {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        namespace: { type: "string", short: "n" },
        "all-namespaces": { type: "boolean", short: "A", default: false },
        output: { type: "string", short: "o", default: "text" },
        json: { type: "boolean", default: false },
        "field-manager": { type: "string", default: "kubectl" },
        context: { type: "string" },
        kubeconfig: { type: "string" },
        "api-url": { type: "string" },
        file: { type: "string", short: "f" },
        method: { type: "string", default: "QR" },
        phone: { type: "string" },
        plain: { type: "boolean", default: false },
        timeout: { type: "string", default: "120" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : "the command line cannot be read");
  }
};

const usage = (message: string): CliError => new CliError(message, usageExit);

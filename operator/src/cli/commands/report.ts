import { open } from "node:fs/promises";
import { stringify } from "yaml";
import type { KubeObject } from "../../api/objects.ts";
import { listAccounts } from "../find-account.ts";
import { CliError } from "../ports.ts";
import { readAccountFacts } from "../read-account-facts.ts";
import {
  readInstallationFacts,
  readOperatorFacts,
  type InstallationFacts,
} from "../read-installation-facts.ts";
import { renderChain } from "../render/render-chain.ts";
import { redact, redactText } from "../report/redact.ts";
import { namespaceOf, type Command, type Session } from "../session.ts";
import { accountChain } from "../why/account-chain.ts";
import type { AccountFacts } from "../why/account-facts.ts";

const accountsMax = 200;

/** One YAML file to read through and send: resources, children, events and why, all redacted. */
export const report: Command = {
  usage: "report [-A] [-f FILE]",
  about: "a redacted support bundle in one file; look through it before you send it",
  run: async (session) => {
    const namespace = session.options.allNamespaces ? undefined : namespaceOf(session);
    const installations = await readInstallations(session, namespace);
    const all = await listAccounts(session.objects, namespace);
    const facts: AccountFacts[] = [];
    for (const account of all.slice(0, accountsMax)) {
      session.output.note(`reading ${account.kind}/${account.metadata.name} ...`);
      facts.push(await readAccountFacts(session.objects, account));
    }
    const file =
      session.options.file ??
      `rarity-report-${session.now().toISOString().replaceAll(":", "-")}.yaml`;
    const left = all.length - facts.length;
    await writeNew(file, documentsOf(session, { installations, facts, left }));
    const platforms = installations.flatMap((one) => one.objects).filter(isPlatform);
    session.output.print(
      `${file}: ${platforms.length} installation(s), ${facts.length} account(s). Look through it before you send it.`,
    );
    return 0;
  },
};

const isPlatform = ({ kind }: KubeObject): boolean => kind === "Platform";

/** Every Platform with what it is made of, then the operator. On this machine there is neither. */
const readInstallations = async (
  { objects, output }: Session,
  namespace: string | undefined,
): Promise<InstallationFacts[]> => {
  if (objects.runs === "processes") return [];
  const facts: InstallationFacts[] = [];
  for (const platform of await objects.list("Platform", { namespace })) {
    output.note(`reading Platform/${platform.metadata.name} ...`);
    facts.push(await readInstallationFacts(objects, platform));
  }
  return [...facts, await readOperatorFacts(objects)];
};

interface Found {
  installations: readonly InstallationFacts[];
  facts: readonly AccountFacts[];
  left: number;
}

const documentsOf = (session: Session, found: Found): string => {
  const head = {
    report: "Rarity Leads",
    at: session.now().toISOString(),
    where: redactText(session.objects.where),
    node: process.version,
    accountsLeftOut: found.left,
  };
  const documents: unknown[] = [head, ...found.installations.map(documentOf)];
  for (const one of found.facts) {
    const objects = [one.account, one.deployment, ...one.pods].filter((o) => o !== undefined);
    documents.push({
      why: redactText(renderChain(accountChain(one), session.now())),
      ...documentOf({ ...one, objects }),
    });
  }
  return documents.map((document) => `---\n${stringify(document)}`).join("");
};

const documentOf = ({ events, unread, objects }: InstallationFacts): object => ({
  events: events.map((event) => ({ ...event, note: redactText(event.note) })),
  unread: unread.map(redactText),
  objects: objects.map(redact),
});

/** Never over a file that is there. */
const writeNew = async (file: string, text: string): Promise<void> => {
  const handle = await open(file, "wx", 0o600).catch((cause: unknown) => {
    const code = (cause as NodeJS.ErrnoException).code ?? "failed";
    const hint = code === "EEXIST" ? "it exists already" : code;
    throw new CliError(`${file} cannot be written: ${hint}; name another with -f`, 73, { cause });
  });
  try {
    await handle.writeFile(text);
  } finally {
    await handle.close();
  }
};

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "@rarity/platform/ports";
import { waitFor } from "@rarity/platform/testing";

const run = promisify(execFile);

const version = "0.165.0";
const providerVersion = "1.71.0";
const collector = "go.opentelemetry.io/collector";
const contrib = "github.com/open-telemetry/opentelemetry-collector-contrib";
const parts = {
  receivers: [`${collector}/receiver/otlpreceiver v${version}`],
  exporters: [`${contrib}/exporter/fileexporter v${version}`],
  providers: [
    `${collector}/confmap/provider/envprovider v${providerVersion}`,
    `${collector}/confmap/provider/fileprovider v${providerVersion}`,
  ],
};

const manifest = [
  "dist: { name: otelcol, module: rarity.test/otelcol, output_path: ./out }",
  ...Object.entries(parts).flatMap(([kind, modules]) => [
    `${kind}:`,
    ...modules.map((module) => `  - gomod: ${module}`),
  ]),
].join("\n");

/** Our own: the builder's would be tidied, which fetches what only the tests of its parts need. */
const goMod = [
  "module rarity.test/otelcol",
  "go 1.25",
  ...[
    ...Object.values(parts).flat(),
    `${collector}/service v${version}`,
    `${collector}/otelcol v${version}`,
  ].map((module) => `require ${module}`),
].join("\n");

/** Where the built collector is kept between runs: outside the clone, as every build cache. */
const cacheFile = (): string => {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  return join(cache, "rarity-leads", `otelcol-${version}`);
};

/** Why there can be no collector here, or undefined when there can. */
export async function collectorMissing(): Promise<string | undefined> {
  if (await exists(cacheFile())) return undefined;
  return run("go", ["version"]).then(
    () => undefined,
    () => "the OpenTelemetry collector is built from source, and there is no `go`",
  );
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** Builds the real OpenTelemetry collector once: minutes the first time, nothing afterwards. */
async function collectorBinary(): Promise<string> {
  const file = cacheFile();
  if (await exists(file)) return file;
  const folder = await mkdtemp(join(tmpdir(), "rarity-otelcol-"));
  try {
    await writeFile(join(folder, "builder.yaml"), manifest);
    const builder = `go.opentelemetry.io/collector/cmd/builder@v${version}`;
    const flags = ["--config", "builder.yaml", "--skip-get-modules", "--skip-compilation"];
    const options = { cwd: folder, timeout: 900_000, maxBuffer: 64 << 20 };
    await run("go", ["run", builder, ...flags], options);
    await writeFile(join(folder, "out", "go.mod"), goMod);
    const env = { ...process.env, GOFLAGS: "-mod=mod -buildvcs=false" };
    const build = ["build", "-trimpath", "-ldflags=-s -w", "-o", join(folder, "otelcol"), "."];
    await run("go", build, { ...options, cwd: join(folder, "out"), env });
    await mkdir(join(file, ".."), { recursive: true });
    // Into place in one step, so that two runs at once cannot start half a file.
    await run("cp", [join(folder, "otelcol"), `${file}.${process.pid}`]);
    await rename(`${file}.${process.pid}`, file);
    return file;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface Span {
  readonly service: string;
  readonly pid: string;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the root. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Collector {
  readonly endpoint: string;
  /** Everything received so far, as it was written to the file. */
  text(): Promise<string>;
  spans(): Promise<Span[]>;
  stop(): Promise<void>;
}

export async function startCollector(): Promise<Collector> {
  const binary = await collectorBinary();
  const folder = await mkdtemp(join(tmpdir(), "rarity-traces-"));
  const port = await freePort();
  const file = join(folder, "traces.jsonl");
  const config = join(folder, "config.yaml");
  await writeFile(config, configOf(port, file));
  const child = spawn(binary, ["--config", config], { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.on("data", (data: Buffer) => (log = (log + data.toString()).slice(-20_000)));
  const endpoint = `http://127.0.0.1:${port}`;
  await waitFor(async () => (await fetch(`${endpoint}/v1/traces`, { method: "POST" })).status > 0, {
    timeoutMs: 30_000,
    what: "the collector",
  }).catch((cause: unknown) => {
    child.kill("SIGKILL");
    throw new Error(`the collector did not start:\n${log}`, { cause });
  });
  const text = (): Promise<string> => readFile(file, "utf8").catch(() => "");
  return {
    endpoint,
    text,
    spans: async () => (await text()).split("\n").flatMap(spansOf),
    stop: async () => {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const configOf = (port: number, file: string): string => `receivers:
  otlp:
    protocols:
      http:
        endpoint: 127.0.0.1:${port}
exporters:
  file:
    path: ${file}
    flush_interval: 100ms
service:
  telemetry:
    metrics:
      level: none
  pipelines:
    traces:
      receivers: [otlp]
      exporters: [file]
`;

type Attributes = { key: string; value: Record<string, unknown> }[];
interface Exported {
  resourceSpans?: {
    resource: { attributes: Attributes };
    scopeSpans: {
      spans: {
        traceId: string;
        spanId: string;
        parentSpanId?: string;
        name: string;
        attributes?: Attributes;
      }[];
    }[];
  }[];
}

function spansOf(line: string): Span[] {
  // The last line may still be being written.
  if (!line.endsWith("}")) return [];
  const { resourceSpans = [] } = JSON.parse(line) as Exported;
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const about = plain(resource.attributes);
    const from = { service: about["service.name"] ?? "", pid: about["process.pid"] ?? "" };
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...from,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? "",
        name: span.name,
        attributes: plain(span.attributes ?? []),
      })),
    );
  });
}

const plain = (attributes: Attributes): Record<string, string> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]));

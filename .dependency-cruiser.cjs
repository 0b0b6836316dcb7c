// Who may import whom. Every rule says what to do instead; tests/rules plants a violation of each.
const io =
  "^(node:)?(fs|net|http|https|tls|dns|child_process)(/|$)|node_modules/(fastify|express|bullmq|pg|ioredis|ws|undici|@kubernetes/client-node)/";
const ban = (name, comment, from, to) => ({ name, comment, severity: "error", from, to });
const tests = "[.]test[.]ts$|/tests/";

module.exports = {
  forbidden: [
    ban(
      "no-circular",
      "Move the shared piece down a layer.",
      {},
      { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    ),
    ban(
      "services-stay-apart",
      "Talk over queues and HTTP; share shapes in contracts, plumbing in platform, channel plumbing in channel-kit.",
      { path: "^services/([^/]+)/src/", pathNot: tests },
      { path: "^services/", pathNot: "^services/($1|contracts|platform|channel-kit)/" },
    ),
    ban(
      "contracts-are-a-leaf",
      "Schemas and types only.",
      { path: "^services/contracts/" },
      { path: "^services/(?!contracts/)|^(operator|web|scripts)/" },
    ),
    ban(
      "contracts-import-zod-only",
      "Whoever reads a contract gets its dependencies, too; put code that needs more into platform.",
      { path: "^services/contracts/src/", pathNot: tests },
      { dependencyTypesNot: ["local", "type-only"], pathNot: "node_modules/zod/" },
    ),
    ban(
      "platform-knows-no-service",
      "Pass it in instead.",
      { path: "^services/platform/src/", pathNot: tests },
      { path: "^services/", pathNot: "^services/(platform|contracts)/" },
    ),
    ban(
      "channel-kit-knows-no-channel",
      "A channel hands in its driver.",
      { path: "^services/channel-kit/src/", pathNot: tests },
      { path: "^services/", pathNot: "^services/(channel-kit|platform|contracts)/" },
    ),
    ban(
      "only-channels-use-the-kit",
      "The kit is for channel services; other services use platform.",
      { path: "^services/(orchestrator|leads|accounts|auth|edge|sandbox)/src/", pathNot: tests },
      { path: "^services/channel-kit/" },
    ),
    ban(
      "domain-is-pure",
      "Domain decides, adapters act. Pass the value in.",
      { path: "^services/[^/]+/src/domain/", pathNot: tests },
      {
        path: [io, "^services/platform/", "^services/[^/]+/src/(?!domain/)"],
        pathNot: "^services/(contracts|channel-kit)/",
      },
    ),
    ban(
      "domain-takes-only-types-from-the-kit",
      "Domain may speak of the kit's shapes; what the kit does is for adapters and main.ts.",
      { path: "^services/[^/]+/src/domain/", pathNot: tests },
      { path: "^services/channel-kit/", dependencyTypesNot: ["type-only"] },
    ),
    ban(
      "usecases-name-ports",
      "Declare a port type; let main.ts hand in the adapter.",
      { path: "^services/[^/]+/src/usecases/", pathNot: tests },
      { path: [io, "^services/[^/]+/src/(adapters|routes|workers|sockets)/"] },
    ),
    ban(
      "desired-state-is-pure",
      "Builders return objects; controllers and cluster do the I/O.",
      { path: "^operator/src/(desired|plan|api)/", pathNot: tests },
      { path: [io, "^operator/src/(cluster|controllers)/"], dependencyTypesNot: ["type-only"] },
    ),
    ban(
      "scaling-rules-are-pure",
      "Rules decide; the metrics server and the controllers do the I/O.",
      { path: "^operator/src/scaling/[^/]+[.]ts$", pathNot: tests },
      {
        path: [io, "^operator/src/(cluster|controllers|sources|scaling/metrics-server)/"],
        dependencyTypesNot: ["type-only"],
      },
    ),
    ban(
      "outsiders-see-contracts",
      "operator and web use contracts only.",
      { path: "^(operator|web)/src/", pathNot: `${tests}|/src/testing/` },
      { path: "^services/", pathNot: "^services/contracts/" },
    ),
    ban(
      "gpl-stays-apart",
      "Only the whatsapp service and the sandbox may load Baileys and libsignal (NOTICE).",
      { path: "^(services/(?!whatsapp/|sandbox/)|operator/|scripts/)", pathNot: tests },
      { path: "node_modules/(@whiskeysockets|libsignal)/" },
    ),
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "types"] },
  },
};

// apps/test-phone/main.ts
import { fileURLToPath } from "node:url";

// libs/platform/config/read-config.ts
var ConfigError = class extends Error {
  constructor(problems) {
    const lines = problems.map((p) => `  ${p.name}: ${p.problem}`);
    super(`The configuration is not usable. Set these environment variables and start again:
${lines.join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
};
function readConfig(schema, env) {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== void 0 && value !== ""));
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  throw new ConfigError(
    result.error.issues.map((issue) => {
      const name = issue.path.join(".") || "(environment)";
      return {
        name,
        problem: name in present ? issue.message.replace(/, received .*/, "") : "is required but not set"
      };
    })
  );
}

// libs/platform/config/shared-config.ts
import { z } from "zod";
var sharedConfig = z.object({
  NODE_ENV: z.enum(["development", "production", "test"]).default("development").describe("Mode of the process."),
  CALLPLANE_NODE: z.string().regex(/^[A-Za-z0-9_-]+$/).optional().describe("Name of this process in subjects and call rows; default: a random one per start."),
  HOST: z.string().default("127.0.0.1").describe("Address the HTTP server binds."),
  PORT: z.coerce.number().int().min(0).max(65535).describe("Port of the HTTP server (health, and REST on api)."),
  DATABASE_URL: z.string().min(1).describe("Postgres connection URL."),
  DATABASE_POOL: z.coerce.number().int().positive().default(10).describe("Most Postgres connections this process opens."),
  NATS_URL: z.string().min(1).describe("NATS server URL, JetStream on."),
  CALLPLANE_SECRET: z.string().min(32).describe(
    "At least 32 characters; seals trunk passwords and webhook secrets, signs one-call tokens. Same for all services."
  ),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info").describe("Least level that is logged."),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().optional().describe("OTLP/HTTP collector; unset = no traces are exported.")
});

// libs/platform/config/describe-config.ts
import { z as z2 } from "zod";

// libs/platform/telemetry/start-telemetry.ts
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { NodeSDK } from "@opentelemetry/sdk-node";

// libs/platform/telemetry/create-logger.ts
import { trace } from "@opentelemetry/api";
import { pino } from "pino";
var SECRET_PATHS = [
  "token",
  "secret",
  "password",
  "authorization",
  "call_token",
  "*.token",
  "*.secret",
  "*.password"
];
var PII_PATHS = [
  "pii_to",
  "pii_from",
  "pii_text",
  "pii_number",
  "*.pii_to",
  "*.pii_from",
  "*.pii_text",
  "*.pii_number"
];
function createLogger(app, node, level) {
  const redact = process.env["CALLPLANE_LOG_PII"] === "1" ? SECRET_PATHS : [...SECRET_PATHS, ...PII_PATHS];
  return pino({
    level,
    base: { app, node },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: redact, censor: "[redacted]" },
    mixin: () => {
      const context2 = trace.getActiveSpan()?.spanContext();
      return context2 === void 0 ? {} : { trace_id: context2.traceId, span_id: context2.spanId };
    }
  });
}

// libs/platform/telemetry/trace-context.ts
import { context, SpanKind, SpanStatusCode, trace as trace2 } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
var tracer = trace2.getTracer("callplane");
var propagator = new W3CTraceContextPropagator();

// apps/test-phone/recordings.ts
import { readFileSync } from "node:fs";
import { join } from "node:path";

// apps/test-phone/wav-file.ts
var HEADER_BYTES = 44;
function readWav(bytes) {
  if (bytes.toString("latin1", 0, 4) !== "RIFF" || bytes.toString("latin1", 8, 12) !== "WAVE")
    throw new Error("not a WAV file");
  let sampleRate = 0;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = bytes.toString("latin1", at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const start = at + 8;
    if (id === "fmt ") {
      const [format, channels, bits] = [0, 2, 14].map((offset) => bytes.readUInt16LE(start + offset));
      if (format !== 1 || channels !== 1 || bits !== 16) throw new Error("not 16-bit mono PCM");
      sampleRate = bytes.readUInt32LE(start + 4);
    }
    if (id === "data" && sampleRate > 0) {
      const count = Math.floor(Math.min(size, bytes.length - start) / 2);
      return { sampleRate, samples: Int16Array.from({ length: count }, (_, i) => bytes.readInt16LE(start + 2 * i)) };
    }
    at = start + size + size % 2;
  }
  throw new Error("WAV file without data");
}
function writeWav(samples, sampleRate) {
  const bytes = Buffer.alloc(HEADER_BYTES + 2 * samples.length);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + 2 * samples.length, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(2 * sampleRate, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(2 * samples.length, 40);
  samples.forEach((sample, i) => bytes.writeInt16LE(sample, HEADER_BYTES + 2 * i));
  return bytes;
}

// apps/test-phone/recordings.ts
var RATE = 8e3;
function readRecordings(folder) {
  const sentences = JSON.parse(readFileSync(join(folder, "sentences.json"), "utf8"));
  const entries = Object.keys(sentences).map((name) => {
    const { samples, sampleRate } = readWav(readFileSync(join(folder, name)));
    if (sampleRate !== RATE) throw new Error(`${name} has ${sampleRate} Hz, not ${RATE}`);
    return [name, samples];
  });
  return new Map(entries);
}
function beep(ms) {
  return Int16Array.from(
    { length: RATE * ms / 1e3 },
    (_, i) => Math.round(9e3 * Math.sin(2 * Math.PI * 1e3 * i / RATE))
  );
}

// apps/test-phone/serve-http.ts
import { createServer } from "node:http";
import { once } from "node:events";
import { z as z3 } from "zod";

// apps/test-phone/behaviours.ts
var PATIENCE_MS = 15e3;
var ring = { do: "ring" };
var answer = { do: "answer" };
var hangUp = { do: "hang-up" };
var stay = { do: "stay" };
var listen = { do: "listen", patienceMs: PATIENCE_MS };
var awaitSpeech = { do: "await-speech", patienceMs: PATIENCE_MS };
var wait = (ms) => ({ do: "wait", ms });
var say = (recording) => ({ do: "say", recording: `${recording}.wav` });
var refuse = (status, reason) => ({ do: "refuse", status, reason });
var answerAfter = (ms) => [ring, wait(ms), answer, wait(300)];
var interrupt = (recording) => [awaitSpeech, wait(700), say(recording), listen];
var BEHAVIOURS = [
  {
    number: "+15550100001",
    doc: "answers after 1 s, says three lines and waits for the agent after each, says goodbye and hangs up",
    steps: [
      ...answerAfter(1e3),
      say("hello-who-is-this"),
      listen,
      say("what-time-do-you-open-tomorrow"),
      listen,
      say("i-would-like-to-book-a-table-for-two"),
      listen,
      say("thank-you-goodbye"),
      hangUp
    ]
  },
  {
    number: "+15550100002",
    doc: "rings 3 s, then 480: voicemail before connect",
    steps: [ring, wait(3e3), refuse(480, "Temporarily Unavailable")]
  },
  { number: "+15550100003", doc: "busy, 486 at once", steps: [refuse(486, "Busy Here")] },
  { number: "+15550100004", doc: "rings 2 s, then declines, 603", steps: [ring, wait(2e3), refuse(603, "Decline")] },
  { number: "+15550100005", doc: "rings and never answers", steps: [ring, stay] },
  { number: "+15550100006", doc: "wrong number, 404 at once", steps: [refuse(404, "Not Found")] },
  { number: "+15550100007", doc: "blocked, 403 at once", steps: [refuse(403, "Forbidden")] },
  { number: "+15550100008", doc: "trunk down, 503 at once", steps: [refuse(503, "Service Unavailable")] },
  {
    number: "+15550100009",
    doc: "answers after 0.5 s and stays silent until the other side hangs up",
    steps: [...answerAfter(500), stay]
  },
  {
    number: "+15550100010",
    doc: "answers, talks, says goodbye and waits for the agent to end the call",
    steps: [
      ...answerAfter(1e3),
      say("hello-who-is-this"),
      listen,
      say("no-thank-you"),
      listen,
      say("thank-you-goodbye"),
      stay
    ]
  },
  { number: "+15550100011", doc: "unreachable, 480 at once", steps: [refuse(480, "Temporarily Unavailable")] },
  {
    number: "+15550100012",
    doc: "rings 3 s, then 486: the person pressed decline",
    steps: [ring, wait(3e3), refuse(486, "Busy Here")]
  },
  {
    number: "+15550100013",
    doc: "answering machine: answers after 0.2 s, greeting, beep, then silence",
    steps: [
      ...answerAfter(200),
      say("we-can-not-come-to-the-phone"),
      say("leave-a-message-after-the-tone"),
      { do: "beep", ms: 500 },
      stay
    ]
  },
  {
    number: "+15550100014",
    doc: "answers and speaks over the agent twice (barge-in), then says goodbye and hangs up",
    steps: [
      ...answerAfter(1e3),
      say("hello-who-is-this"),
      ...interrupt("please-wait-a-moment"),
      say("what-time-do-you-open-tomorrow"),
      ...interrupt("what-time-do-you-close"),
      say("yes-please"),
      listen,
      say("thank-you-goodbye"),
      hangUp
    ]
  },
  {
    number: "+15550100015",
    doc: "answers after 0.5 s and never sends a single RTP packet",
    steps: [ring, wait(500), { do: "stop-media" }, answer, stay]
  },
  {
    number: "+15550100016",
    doc: "answers, greets, then its media stops while the call stays up",
    steps: [...answerAfter(500), say("hello-who-is-this"), { do: "stop-media" }, stay]
  }
];
var DEFAULT_NUMBER = "+15550100001";
function digitsOf(number2) {
  return number2.startsWith("+") ? number2.slice(1) : number2;
}
function behaviourFor(dialled) {
  const find = (number2) => BEHAVIOURS.find((b) => digitsOf(b.number) === digitsOf(number2));
  const found = find(dialled) ?? find(DEFAULT_NUMBER);
  if (!found) throw new Error("the behaviour table has lost its default");
  return found;
}
function stepsAfterAnswer(behaviour) {
  const answered = behaviour.steps.findIndex((step) => step.do === "answer");
  return answered < 0 ? [stay] : behaviour.steps.slice(answered + 1);
}

// apps/test-phone/serve-http.ts
var MAX_BODY_BYTES = 65536;
var number = z3.string().regex(/^\+?[A-Za-z0-9._-]{1,64}$/);
var dialRequest = z3.object({
  to: number,
  from: number,
  target: z3.string().min(1).max(256),
  behaviour: number.optional(),
  cancelAfterMs: z3.number().int().min(0).max(6e5).optional()
});
async function bodyOf(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) return void 0;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return void 0;
  }
}
async function dial(phone2, request) {
  const wanted = dialRequest.safeParse(await bodyOf(request));
  if (!wanted.success)
    return { status: 400, body: { problem: "to, from and target are needed", issues: wanted.error.issues } };
  try {
    return { status: 202, body: await phone2.dial(wanted.data) };
  } catch (err) {
    return { status: 400, body: { problem: err instanceof Error ? err.message : String(err) } };
  }
}
async function answer2(phone2, request) {
  const [, resource, id] = (request.url ?? "/").split("?", 1)[0]?.split("/") ?? [];
  const what = `${request.method ?? ""} ${resource ?? ""}`;
  if (what === "GET healthz" || what === "GET readyz")
    return { status: 200, body: { status: "ok", sip: phone2.address } };
  if (what === "GET behaviours") return { status: 200, body: BEHAVIOURS };
  if (what === "GET calls" && id === void 0) return { status: 200, body: phone2.calls() };
  if (what === "GET calls") {
    const entry = phone2.call(decodeURIComponent(id ?? ""));
    return entry ? { status: 200, body: entry } : { status: 404, body: { problem: "no such call" } };
  }
  if (what === "POST dial") return dial(phone2, request);
  return { status: 404, body: { problem: "try /healthz, /behaviours, /calls, /calls/:id or POST /dial" } };
}
function send(response, reply) {
  response.writeHead(reply.status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(reply.body, void 0, 2)}
`);
}
async function serveHttp(phone2, host, port2) {
  const server2 = createServer((request, response) => {
    answer2(phone2, request).then(
      (reply) => send(response, reply),
      (err) => send(response, { status: 500, body: { problem: String(err) } })
    );
  });
  server2.listen({ host, port: port2 });
  await once(server2, "listening");
  return server2;
}

// apps/test-phone/test-phone.config.ts
import { z as z4 } from "zod";
var port = z4.coerce.number().int().min(0).max(65535);
var testPhoneConfig = z4.object({
  TEST_PHONE_SIP_PORT: port.optional().describe("SIP port, UDP and TCP; default SIP_PORT, then 5070. 0 takes a free one."),
  TEST_PHONE_HTTP_PORT: port.optional().describe("HTTP port; default PORT, then 8086. 0 takes a free one."),
  TEST_PHONE_RECORD_DIR: z4.string().optional().describe("Folder for a WAV of what each call heard; unset keeps none."),
  SIP_HOST: z4.string().default("127.0.0.1").describe("Address for SIP and RTP."),
  SIP_PORT: port.default(5070).describe("SIP port when TEST_PHONE_SIP_PORT is not set."),
  HOST: z4.string().default("127.0.0.1").describe("Address the HTTP server binds."),
  PORT: port.default(8086).describe("HTTP port when TEST_PHONE_HTTP_PORT is not set."),
  LOG_LEVEL: z4.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info").describe("Least level that is logged.")
}).transform((env) => ({
  ...env,
  sipPort: env.TEST_PHONE_SIP_PORT ?? env.SIP_PORT,
  httpPort: env.TEST_PHONE_HTTP_PORT ?? env.PORT
}));

// libs/platform/sip/emitter.ts
var silentLog = { debug() {
}, info() {
}, warn() {
}, error() {
} };
var Emitter = class {
  #listeners = /* @__PURE__ */ new Map();
  #log;
  constructor(log2) {
    this.#log = log2;
  }
  /** Adds a listener; the returned function removes it. */
  on(event, listener) {
    const set = this.#listeners.get(event) ?? /* @__PURE__ */ new Set();
    this.#listeners.set(event, set.add(listener));
    return () => set.delete(listener);
  }
  /** Resolves with the next occurrence of `event`. */
  next(event) {
    return new Promise((resolve) => {
      const off = this.on(event, (value) => {
        off();
        resolve(value);
      });
    });
  }
  hasListener(event) {
    return (this.#listeners.get(event)?.size ?? 0) > 0;
  }
  emit(event, value) {
    for (const listener of [...this.#listeners.get(event) ?? []]) {
      try {
        listener(value);
      } catch (err) {
        this.#log.error({ err, event: String(event) }, "sip.listener_failed");
      }
    }
  }
};

// libs/platform/sip/message/parse-address.ts
function decodePercent(text) {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
function parseParams(text) {
  const params = /* @__PURE__ */ new Map();
  for (const part of splitOutsideQuotes(text, ";")) {
    const equals = part.indexOf("=");
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase();
    if (name === "") continue;
    const value = equals < 0 ? "" : part.slice(equals + 1).trim();
    params.set(name, unquote(value));
  }
  return Object.fromEntries(params);
}
function unquote(value) {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  let out = "";
  for (let i = 1; i < value.length - 1; i += 1) {
    if (value[i] === "\\" && i < value.length - 2) i += 1;
    out += value[i] ?? "";
  }
  return out;
}
function splitOutsideQuotes(text, separator) {
  const parts = [];
  let start = 0;
  let quoted = false;
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const c = text[i];
    if (quoted) {
      if (c === "\\") i += 1;
      else if (c === '"') quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === "<") depth += 1;
    else if (c === ">") depth = Math.max(0, depth - 1);
    else if (c === separator && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
function isHost(host, isBracketed) {
  const allowed = isBracketed ? "0123456789abcdefABCDEF:." : "-._";
  for (let i = 0; i < host.length; i += 1) {
    const c = host.charCodeAt(i) | 32;
    const isWord = c >= 97 && c <= 122 || host.charCodeAt(i) >= 48 && host.charCodeAt(i) <= 57;
    if (!(isWord && !isBracketed) && !allowed.includes(host[i] ?? " ")) return false;
  }
  return host !== "" && host.length <= 255;
}
function splitHostPort(text) {
  const isBracketed = text.startsWith("[");
  const close = isBracketed ? text.indexOf("]") : -1;
  if (isBracketed && close < 0) return void 0;
  const colon = text.indexOf(":", close + 1);
  const end = colon < 0 ? text.length : colon;
  const host = isBracketed ? text.slice(1, close) : text.slice(0, end);
  if (!isHost(host, isBracketed) || isBracketed && end !== close + 1) return void 0;
  if (colon < 0) return { host, port: void 0 };
  const port2 = Number(text.slice(colon + 1));
  return Number.isInteger(port2) && port2 >= 1 && port2 <= 65535 ? { host, port: port2 } : void 0;
}
function parseSipUri(text) {
  const colon = text.indexOf(":");
  const scheme = text.slice(0, Math.max(0, colon)).toLowerCase();
  if (scheme !== "sip" && scheme !== "sips" && scheme !== "tel") return void 0;
  const question = text.indexOf("?");
  const rest = text.slice(colon + 1, question < 0 ? void 0 : question);
  if (scheme === "tel") {
    const [number2 = "", ...params] = rest.split(";");
    return number2 === "" ? void 0 : { scheme, user: number2, host: "", port: void 0, params: parseParams(params.join(";")) };
  }
  const at = rest.lastIndexOf("@");
  const semicolon = rest.indexOf(";", at + 1);
  const hostPort = splitHostPort(rest.slice(at + 1, semicolon < 0 ? void 0 : semicolon));
  if (!hostPort) return void 0;
  const userInfo = at < 0 ? "" : rest.slice(0, at);
  const user = decodePercent(userInfo.split(":", 1)[0]?.split(";", 1)[0] ?? "");
  return { scheme, user, ...hostPort, params: semicolon < 0 ? {} : parseParams(rest.slice(semicolon + 1)) };
}
function parseAddress(text) {
  const open = indexOutsideQuotes(text, "<");
  if (open >= 0) {
    const close = text.indexOf(">", open);
    if (close < 0) return void 0;
    const uri2 = text.slice(open + 1, close).trim();
    if (uri2 === "") return void 0;
    return { displayName: unquote(text.slice(0, open).trim()), uri: uri2, params: parseParams(text.slice(close + 1)) };
  }
  const semicolon = text.indexOf(";");
  const uri = (semicolon < 0 ? text : text.slice(0, semicolon)).trim();
  if (uri === "" || !uri.includes(":")) return void 0;
  return { displayName: "", uri, params: semicolon < 0 ? {} : parseParams(text.slice(semicolon + 1)) };
}
function indexOutsideQuotes(text, wanted) {
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    if (quoted && text[i] === "\\") i += 1;
    else if (text[i] === '"') quoted = !quoted;
    else if (!quoted && text[i] === wanted) return i;
  }
  return -1;
}

// libs/platform/sip/message/sip-message.ts
var COMPACT = {
  i: "call-id",
  m: "contact",
  e: "content-encoding",
  l: "content-length",
  c: "content-type",
  f: "from",
  s: "subject",
  k: "supported",
  t: "to",
  v: "via"
};
function canonicalName(name) {
  const lower = name.toLowerCase();
  return COMPACT[lower] ?? lower;
}
function headerValues(headers, name) {
  return headers.filter((h) => canonicalName(h.name) === name).map((h) => h.value);
}
function headerValue(headers, name) {
  return headers.find((h) => canonicalName(h.name) === name)?.value;
}
function headerRecord(headers) {
  const record = /* @__PURE__ */ new Map();
  for (const { name, value } of headers) {
    const key = canonicalName(name);
    const before = record.get(key);
    record.set(key, before === void 0 ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(record);
}

// libs/platform/sip/message/print-message.ts
var REASONS = {
  100: "Trying",
  180: "Ringing",
  183: "Session Progress",
  200: "OK",
  400: "Bad Request",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  416: "Unsupported URI Scheme",
  420: "Bad Extension",
  480: "Temporarily Unavailable",
  481: "Call/Transaction Does Not Exist",
  482: "Loop Detected",
  483: "Too Many Hops",
  486: "Busy Here",
  487: "Request Terminated",
  488: "Not Acceptable Here",
  491: "Request Pending",
  500: "Server Internal Error",
  503: "Service Unavailable",
  600: "Busy Everywhere",
  603: "Decline"
};
function reasonPhrase(status) {
  return REASONS[status] ?? "Unknown";
}
function singleLine(text) {
  return /[\r\n]/.test(text) ? text.replaceAll("\r", " ").replaceAll("\n", " ") : text;
}
function printMessage(message) {
  const start = message.kind === "request" ? `${message.method} ${singleLine(message.uri)} SIP/2.0` : `SIP/2.0 ${message.status} ${singleLine(message.reason)}`;
  const lines = message.headers.filter((h) => canonicalName(h.name) !== "content-length").map((h) => `${singleLine(h.name)}: ${singleLine(h.value)}`);
  const body = Buffer.from(message.body, "utf8");
  const head2 = [start, ...lines, `Content-Length: ${body.length}`, "", ""].join("\r\n");
  return Buffer.concat([Buffer.from(head2, "utf8"), body]);
}
var COPIED = /* @__PURE__ */ new Set(["via", "from", "to", "call-id", "cseq"]);
function responseTo(request, answer3) {
  const copied = request.headers.filter((h) => COPIED.has(canonicalName(h.name))).map((h) => {
    const isUntaggedTo = canonicalName(h.name) === "to" && !hasTag(h.value);
    return isUntaggedTo && answer3.toTag !== void 0 ? { name: h.name, value: `${h.value};tag=${answer3.toTag}` } : h;
  });
  const recorded = request.headers.filter((h) => canonicalName(h.name) === "record-route");
  return {
    kind: "response",
    status: answer3.status,
    reason: answer3.reason ?? reasonPhrase(answer3.status),
    headers: [...copied, ...recorded, ...answer3.headers ?? []],
    body: answer3.body ?? ""
  };
}
function hasTag(toValue) {
  const afterUri = toValue.slice(toValue.lastIndexOf(">") + 1);
  return afterUri.toLowerCase().includes(";tag=");
}

// libs/platform/sip/message/read-fields.ts
function parseVia(value) {
  const space = value.indexOf(" ");
  const protocol = value.slice(0, Math.max(0, space)).split("/");
  if (protocol.length !== 3 || protocol[0]?.toUpperCase() !== "SIP") return void 0;
  const rest = value.slice(space + 1).trim();
  const semicolon = rest.indexOf(";");
  const sentBy = (semicolon < 0 ? rest : rest.slice(0, semicolon)).trim();
  const close = sentBy.startsWith("[") ? sentBy.indexOf("]") : -1;
  const colon = sentBy.indexOf(":", close + 1);
  const host = close > 0 ? sentBy.slice(1, close) : colon < 0 ? sentBy : sentBy.slice(0, colon).trim();
  const port2 = colon < 0 ? void 0 : Number(sentBy.slice(colon + 1));
  if (host === "" || port2 !== void 0 && !(Number.isInteger(port2) && port2 > 0 && port2 <= 65535)) return void 0;
  const params = semicolon < 0 ? {} : parseParams(rest.slice(semicolon + 1));
  return { transport: protocol[2]?.toLowerCase() ?? "", host, port: port2, params };
}
function parseCseq(value) {
  const [digits = "", method = "", extra] = value.split(" ").filter((p) => p !== "");
  const number2 = Number(digits);
  if (!Number.isInteger(number2) || number2 < 0 || number2 > 2147483647 || method === "" || extra !== void 0)
    return void 0;
  return { number: number2, method };
}
var cache = /* @__PURE__ */ new WeakMap();
function readFields(message) {
  const known = cache.get(message);
  if (known) return known;
  const { headers } = message;
  const via = parseVia(headerValue(headers, "via") ?? "");
  const callId = headerValue(headers, "call-id") ?? "";
  const cseq = parseCseq(headerValue(headers, "cseq") ?? "");
  const from = parseAddress(headerValue(headers, "from") ?? "");
  const to = parseAddress(headerValue(headers, "to") ?? "");
  if (!via || callId === "" || !cseq || !from || !to) return void 0;
  if (message.kind === "request" && message.method !== cseq.method) return void 0;
  const branch = via.params["branch"] ?? "";
  const fields = {
    via,
    branch,
    callId,
    cseq,
    from,
    to,
    fromTag: from.params["tag"] ?? "",
    toTag: to.params["tag"] ?? ""
  };
  cache.set(message, fields);
  return fields;
}
function fieldsOf(message) {
  const fields = readFields(message);
  if (!fields) throw new Error("SIP message without its mandatory fields");
  return fields;
}
function contactUris(message) {
  return headerValues(message.headers, "contact").flatMap((value) => parseAddress(value)?.uri ?? []);
}

// libs/platform/sip/transaction/timers.ts
var DEFAULT_TIMERS = { t1: 500, t2: 4e3, t4: 5e3 };
function sipTimers(overrides = {}) {
  return { ...DEFAULT_TIMERS, ...overrides };
}

// libs/platform/sip/transaction/transaction-layer.ts
import { randomBytes } from "node:crypto";

// libs/platform/sip/transaction/timer-set.ts
var TimerSet = class {
  #timers = /* @__PURE__ */ new Map();
  /** Starts or restarts the timer `name`. */
  start(name, ms, fire) {
    this.stop(name);
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      fire();
    }, ms);
    this.#timers.set(name, timer);
  }
  stop(name) {
    clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
  clear() {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
};

// libs/platform/sip/transaction/client-transactions.ts
var ClientTransaction = class {
  constructor(request, peer, context2, handlers) {
    this.timers = new TimerSet();
    this.state = "trying";
    this.request = request;
    this.peer = peer;
    this.context = context2;
    this.handlers = handlers;
  }
  get isReliable() {
    return this.peer.transport !== "udp";
  }
  get isOver() {
    return this.state === "terminated";
  }
  /** Stops timers and retransmissions without telling the user. */
  terminate() {
    this.state = "terminated";
    this.timers.clear();
    this.context.forget();
  }
  transmit(message) {
    this.context.send(message, this.peer, (err) => {
      if (this.state !== "trying" && this.state !== "proceeding") return;
      this.terminate();
      this.handlers.onTransportError(err);
    });
  }
  expire() {
    this.terminate();
    this.handlers.onTimeout();
  }
};
var InviteClientTransaction = class extends ClientTransaction {
  #ack;
  start() {
    const { t1 } = this.context.timers;
    this.timers.start("B", 64 * t1, () => this.expire());
    this.transmit(this.request);
    if (!this.isReliable) this.#retransmitAfter(t1);
  }
  /** Takes over an INVITE that an earlier process sent: nothing is transmitted, answers are awaited. */
  resume() {
    this.state = "proceeding";
    this.timers.start("B", 64 * this.context.timers.t1, () => this.expire());
  }
  receive(response) {
    if (response.status < 200) this.#provisional(response);
    else if (response.status < 300) this.#accept(response);
    else this.#refused(response);
  }
  #retransmitAfter(ms) {
    this.timers.start("A", ms, () => {
      this.transmit(this.request);
      this.#retransmitAfter(ms * 2);
    });
  }
  #provisional(response) {
    if (this.state !== "trying" && this.state !== "proceeding") return;
    this.state = "proceeding";
    this.timers.clear();
    this.handlers.onResponse(response);
  }
  #accept(response) {
    if (this.state === "completed" || this.state === "terminated") return;
    if (this.state !== "accepted") {
      this.state = "accepted";
      this.timers.clear();
      this.timers.start("M", 64 * this.context.timers.t1, () => this.terminate());
    }
    this.handlers.onResponse(response);
  }
  #refused(response) {
    if (this.state === "completed" && this.#ack) this.transmit(this.#ack);
    if (this.state !== "trying" && this.state !== "proceeding") return;
    this.state = "completed";
    this.timers.clear();
    this.#ack = ackForRefusal(this.request, response);
    this.transmit(this.#ack);
    if (this.isReliable) this.terminate();
    else this.timers.start("D", 64 * this.context.timers.t1, () => this.terminate());
    this.handlers.onResponse(response);
  }
};
var NonInviteClientTransaction = class extends ClientTransaction {
  start() {
    const { t1 } = this.context.timers;
    this.timers.start("F", 64 * t1, () => this.expire());
    this.transmit(this.request);
    if (!this.isReliable) this.#retransmitAfter(t1);
  }
  receive(response) {
    if (this.state !== "trying" && this.state !== "proceeding") return;
    if (response.status < 200) this.state = "proceeding";
    else {
      this.state = "completed";
      this.timers.clear();
      if (this.isReliable) this.terminate();
      else this.timers.start("K", this.context.timers.t4, () => this.terminate());
    }
    this.handlers.onResponse(response);
  }
  #retransmitAfter(ms) {
    const { t2 } = this.context.timers;
    this.timers.start("E", Math.min(ms, t2), () => {
      this.transmit(this.request);
      this.#retransmitAfter(this.state === "proceeding" ? t2 : ms * 2);
    });
  }
};
var SHARED_WITH_INVITE = /* @__PURE__ */ new Set(["via", "from", "call-id", "route", "max-forwards"]);
function derived(invite, method, to, extra) {
  const { cseq } = fieldsOf(invite);
  const shared = invite.headers.filter((h) => SHARED_WITH_INVITE.has(canonicalName(h.name)));
  const own = [
    { name: "To", value: to },
    { name: "CSeq", value: `${cseq.number} ${method}` }
  ];
  return { kind: "request", method, uri: invite.uri, headers: [...shared, ...own, ...extra], body: "" };
}
function ackForRefusal(invite, response) {
  return derived(invite, "ACK", headerValue(response.headers, "to") ?? "", []);
}
function cancelFor(invite, extra) {
  return derived(invite, "CANCEL", headerValue(invite.headers, "to") ?? "", extra);
}

// libs/platform/sip/transaction/server-transactions.ts
var ServerTransaction = class {
  constructor(request, peer, context2) {
    this.timers = new TimerSet();
    this.state = "proceeding";
    this.request = request;
    this.peer = peer;
    this.context = context2;
  }
  get isReliable() {
    return this.peer.transport !== "udp";
  }
  terminate() {
    this.state = "terminated";
    this.timers.clear();
    this.context.forget();
  }
  /** A lost response is repeated by the timers or by the far end's own repeats; a dead connection ends in a timeout. */
  transmit(response) {
    this.last = response;
    this.context.send(response, this.peer, () => void 0);
  }
};
var InviteServerTransaction = class extends ServerTransaction {
  /** False once a final response has been sent. */
  get isPending() {
    return this.state === "proceeding";
  }
  respond(response) {
    if (response.status < 200) {
      if (this.isPending) this.transmit(response);
    } else if (response.status < 300) this.#accept(response);
    else if (this.isPending) this.#refuse(response);
  }
  /** The same INVITE again. */
  repeat() {
    if ((this.state === "proceeding" || this.state === "completed") && this.last) this.transmit(this.last);
  }
  /** True when the ACK belongs to our refusal and has been absorbed. */
  acknowledge() {
    if (this.state !== "completed") return this.state === "confirmed";
    this.state = "confirmed";
    this.timers.clear();
    if (this.isReliable) this.terminate();
    else this.timers.start("I", this.context.timers.t4, () => this.terminate());
    return true;
  }
  #accept(response) {
    if (this.state !== "proceeding" && this.state !== "accepted") return;
    if (this.state === "proceeding") this.timers.start("L", 64 * this.context.timers.t1, () => this.terminate());
    this.state = "accepted";
    this.transmit(response);
  }
  #refuse(response) {
    const { t1 } = this.context.timers;
    this.state = "completed";
    this.transmit(response);
    this.timers.start("H", 64 * t1, () => this.terminate());
    if (!this.isReliable) this.#repeatAfter(t1);
  }
  #repeatAfter(ms) {
    const { t2 } = this.context.timers;
    this.timers.start("G", Math.min(ms, t2), () => {
      this.repeat();
      this.#repeatAfter(ms * 2);
    });
  }
};
var NonInviteServerTransaction = class extends ServerTransaction {
  respond(response) {
    if (this.state !== "proceeding") return;
    this.transmit(response);
    if (response.status < 200) return;
    this.state = "completed";
    if (this.isReliable) this.terminate();
    else this.timers.start("J", 64 * this.context.timers.t1, () => this.terminate());
  }
  /** The same request again. */
  repeat() {
    if (this.last) this.transmit(this.last);
  }
};

// libs/platform/sip/transaction/transaction-layer.ts
var COOKIE = "z9hG4bK";
var MAX_SERVER_TRANSACTIONS = 2e4;
var TransactionLayer = class {
  #clients = /* @__PURE__ */ new Map();
  #servers = /* @__PURE__ */ new Map();
  #timers;
  #transport;
  #user;
  constructor(timers, transport, user) {
    this.#timers = timers;
    this.#transport = transport;
    this.#user = user;
  }
  get size() {
    return this.#clients.size + this.#servers.size;
  }
  /** Sends an INVITE (without Via: it is added here). */
  invite(request, peer, handlers) {
    const transaction = this.#newInvite(this.#withVia(request, peer), peer, handlers);
    transaction.start();
    return transaction;
  }
  /** Awaits the answers to an INVITE that an earlier process sent; `request` holds its Via. */
  resumeInvite(request, peer, handlers) {
    const transaction = this.#newInvite(request, peer, handlers);
    transaction.resume();
    return transaction;
  }
  /** Sends any other request (without Via). */
  request(request, peer, handlers) {
    this.#startNonInvite(this.#withVia(request, peer), peer, handlers);
  }
  /** Cancels a pending INVITE. The handlers hear what became of the CANCEL, not of the INVITE. */
  cancel(invite, headers, handlers) {
    this.#startNonInvite(cancelFor(invite.request, headers), invite.peer, handlers);
  }
  /** Sends an ACK of a 2xx: no transaction, no repeat of its own. */
  acknowledge(ack, peer) {
    this.#transport.send(this.#withVia(ack, peer), peer, () => void 0);
  }
  receive(message, source) {
    if (message.kind === "response") this.#receiveResponse(message);
    else if (message.method === "ACK") this.#receiveAck(message);
    else this.#receiveRequest(message, source);
  }
  terminateAll() {
    for (const transaction of [...this.#clients.values(), ...this.#servers.values()]) transaction.terminate();
  }
  #newInvite(request, peer, handlers) {
    const key = clientKey(request);
    const transaction = new InviteClientTransaction(request, peer, this.#context(this.#clients, key), handlers);
    this.#clients.set(key, transaction);
    return transaction;
  }
  #startNonInvite(request, peer, handlers) {
    const key = clientKey(request);
    const transaction = new NonInviteClientTransaction(request, peer, this.#context(this.#clients, key), handlers);
    this.#clients.set(key, transaction);
    transaction.start();
  }
  #receiveResponse(response) {
    this.#clients.get(clientKey(response))?.receive(response);
  }
  #receiveAck(ack) {
    const invite = this.#servers.get(serverKey(ack, "INVITE"));
    const absorbed = invite instanceof InviteServerTransaction && invite.acknowledge();
    if (!absorbed) this.#user.onAck(ack);
  }
  #receiveRequest(request, source) {
    const key = serverKey(request, request.method);
    const known = this.#servers.get(key);
    if (known) {
      known.repeat();
      return;
    }
    if (this.#servers.size >= MAX_SERVER_TRANSACTIONS) return;
    const context2 = this.#context(this.#servers, key);
    if (request.method === "INVITE") {
      const transaction2 = new InviteServerTransaction(request, source, context2);
      this.#servers.set(key, transaction2);
      this.#user.onInvite(transaction2);
      return;
    }
    const transaction = new NonInviteServerTransaction(request, source, context2);
    this.#servers.set(key, transaction);
    if (request.method === "CANCEL") this.#receiveCancel(transaction);
    else this.#user.onRequest(transaction);
  }
  #receiveCancel(cancel) {
    const invite = this.#servers.get(serverKey(cancel.request, "INVITE"));
    const found = invite instanceof InviteServerTransaction;
    cancel.respond(responseTo(cancel.request, { status: found ? 200 : 481, toTag: randomBytes(6).toString("hex") }));
    if (found && invite.isPending) invite.onCancel?.(cancel.request);
  }
  #context(owner, key) {
    return {
      timers: this.#timers,
      send: (message, peer, onError) => this.#transport.send(message, peer, onError),
      forget: () => owner.delete(key)
    };
  }
  #withVia(request, peer) {
    const { host, port: port2 } = this.#transport.advertised;
    const sentBy = host.includes(":") ? `[${host}]:${port2}` : `${host}:${port2}`;
    const branch = COOKIE + randomBytes(12).toString("hex");
    const via = { name: "Via", value: `SIP/2.0/${peer.transport.toUpperCase()} ${sentBy};branch=${branch};rport` };
    return { ...request, headers: [via, ...request.headers] };
  }
};
function clientKey(message) {
  const { branch, cseq } = fieldsOf(message);
  return `${branch}|${cseq.method}`;
}
function serverKey(request, method) {
  const { branch, via, callId, cseq, fromTag } = fieldsOf(request);
  if (branch.startsWith(COOKIE)) return `${branch}|${via.host}:${via.port ?? 5060}|${method}`;
  return `${callId}|${cseq.number}|${fromTag}|${method}`;
}

// libs/platform/sip/transport/transport-layer.ts
import { networkInterfaces } from "node:os";
import { isIP } from "node:net";

// libs/platform/sip/message/parse-message.ts
var MAX_MESSAGE_BYTES = 65536;
var MAX_HEADERS = 128;
var MAX_LINE = 8192;
var SPLIT_AT_COMMA = /* @__PURE__ */ new Set(["via", "route", "record-route", "contact"]);
function findHeaderEnd(bytes) {
  const crlf = bytes.indexOf("\r\n\r\n");
  const lf = bytes.indexOf("\n\n");
  if (crlf < 0 && lf < 0) return void 0;
  if (lf < 0 || crlf >= 0 && crlf < lf) return { head: crlf, body: crlf + 4 };
  return { head: lf, body: lf + 2 };
}
function isToken(text) {
  if (text === "" || text.length > 64) return false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    const isWord = c >= 48 && c <= 57 || c >= 65 && c <= 90 || c >= 97 && c <= 122;
    if (!isWord && !"-.!%*_+`'~".includes(text[i] ?? " ")) return false;
  }
  return true;
}
function unfold(head2) {
  const lines = [];
  for (const raw of head2.split("\n")) {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (line.length > MAX_LINE) return void 0;
    const isContinuation = (line.startsWith(" ") || line.startsWith("	")) && lines.length > 1;
    if (!isContinuation) lines.push(line);
    else {
      const joined = `${lines.pop() ?? ""} ${line.trim()}`;
      if (joined.length > MAX_LINE) return void 0;
      lines.push(joined);
    }
    if (lines.length > MAX_HEADERS + 1) return void 0;
  }
  return lines;
}
function parseHeaders(lines) {
  const headers = [];
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).trim();
    if (!isToken(name) || line.includes("\r")) return void 0;
    const value = line.slice(colon + 1).trim();
    if (SPLIT_AT_COMMA.has(canonicalName(name)) && value.includes(",")) {
      for (const part of splitOutsideQuotes(value, ",")) headers.push({ name, value: part.trim() });
    } else headers.push({ name, value });
  }
  return headers.length > MAX_HEADERS ? void 0 : headers;
}
function parseStartLine(line) {
  if (line.includes("\r")) return void 0;
  if (line.startsWith("SIP/2.0 ")) {
    const code = line.slice(8, 11);
    const status = Number(code);
    if (!Number.isInteger(status) || status < 100 || status > 699 || (line[11] ?? " ") !== " ") return void 0;
    return { status, reason: line.slice(12).trim() };
  }
  const [method = "", uri = "", version = "", extra] = line.split(" ", 4);
  if (version !== "SIP/2.0" || extra !== void 0 || uri === "" || !isToken(method)) return void 0;
  return { method, uri };
}
function parseMessage(bytes) {
  if (bytes.length > MAX_MESSAGE_BYTES) return { ok: false, problem: "too_large" };
  const end = findHeaderEnd(bytes);
  if (!end) return { ok: false, problem: "no_header_end" };
  const lines = unfold(bytes.toString("utf8", 0, end.head));
  if (!lines) return { ok: false, problem: "too_many_headers" };
  const start = parseStartLine(lines[0] ?? "");
  if (!start) return { ok: false, problem: "bad_start_line" };
  const headers = parseHeaders(lines.slice(1));
  if (!headers) return { ok: false, problem: "bad_header" };
  const declared = headerValue(headers, "content-length");
  const available = bytes.length - end.body;
  const length = declared === void 0 ? available : Number(declared);
  if (!Number.isInteger(length) || length < 0 || length > available) return { ok: false, problem: "short_body" };
  const body = bytes.toString("utf8", end.body, end.body + length);
  const message = "method" in start ? { kind: "request", ...start, headers, body } : { kind: "response", ...start, headers, body };
  return readFields(message) ? { ok: true, message } : { ok: false, problem: "missing_field" };
}

// libs/platform/sip/transport/tcp-socket.ts
import { once as once2 } from "node:events";
import { connect, createServer as createServer2 } from "node:net";

// libs/platform/sip/transport/stream-framer.ts
var StreamFramer = class {
  #buffer = Buffer.alloc(0);
  /** Feeds bytes; returns the whole messages they complete, or undefined when the stream is beyond repair (close it). */
  push(chunk) {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const messages = [];
    for (; ; ) {
      this.#dropKeepAlives();
      const end = findHeaderEnd(this.#buffer);
      if (!end) return this.#buffer.length > MAX_MESSAGE_BYTES ? void 0 : messages;
      const length = contentLength(this.#buffer.toString("latin1", 0, end.head));
      if (length === void 0 || end.body + length > MAX_MESSAGE_BYTES) return void 0;
      if (this.#buffer.length < end.body + length) return messages;
      messages.push(this.#buffer.subarray(0, end.body + length));
      this.#buffer = this.#buffer.subarray(end.body + length);
    }
  }
  /** CRLF between messages is a keep-alive (RFC 5626), not part of a message. */
  #dropKeepAlives() {
    let start = 0;
    while (this.#buffer[start] === 13 || this.#buffer[start] === 10) start += 1;
    if (start > 0) this.#buffer = this.#buffer.subarray(start);
  }
};
function contentLength(head2) {
  for (const line of head2.split("\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    if (name !== "content-length" && name !== "l") continue;
    const length = Number(line.slice(colon + 1).trim());
    return Number.isInteger(length) && length >= 0 ? length : void 0;
  }
  return 0;
}

// libs/platform/sip/transport/tcp-socket.ts
var IDLE_MS = 6e5;
var MAX_CONNECTIONS = 1e3;
var ConnectionPool = class {
  #open = /* @__PURE__ */ new Map();
  #onMessage;
  constructor(onMessage) {
    this.#onMessage = onMessage;
  }
  find(peer) {
    const socket = this.#open.get(`${peer.host}:${peer.port}`);
    return socket?.writable ? socket : void 0;
  }
  adopt(socket, peer) {
    const key = `${peer.host}:${peer.port}`;
    const framer = new StreamFramer();
    this.#open.set(key, socket);
    socket.setNoDelay(true);
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on("data", (chunk) => {
      const messages = framer.push(chunk);
      if (!messages) socket.destroy();
      for (const bytes of messages ?? []) this.#onMessage(bytes, peer);
    });
    socket.on("error", () => void 0);
    socket.on("close", () => {
      if (this.#open.get(key) === socket) this.#open.delete(key);
    });
    return socket;
  }
  destroyAll() {
    for (const socket of this.#open.values()) socket.destroy();
  }
};
function plainAddress(address) {
  return address?.startsWith("::ffff:") ? address.slice("::ffff:".length) : address ?? "";
}
async function bindTcp(host, port2, onMessage) {
  const pool = new ConnectionPool(onMessage);
  const server2 = createServer2((socket) => {
    pool.adopt(socket, { host: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0, transport: "tcp" });
  });
  server2.maxConnections = MAX_CONNECTIONS;
  const listening = once2(server2, "listening");
  server2.listen({ host, port: port2, exclusive: true });
  await listening;
  server2.on("error", () => void 0);
  const address = server2.address();
  let closed = false;
  return {
    port: typeof address === "object" && address ? address.port : port2,
    send(bytes, peer, onError) {
      if (closed) return;
      const socket = pool.find(peer) ?? pool.adopt(connect(peer.port, peer.host), peer);
      let reported = false;
      const fail = (err) => {
        if (!reported) onError(err);
        reported = true;
      };
      socket.once("error", fail);
      socket.write(bytes, (err) => {
        socket.off("error", fail);
        if (err) fail(err);
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      const done = new Promise((resolve) => server2.close(() => resolve()));
      pool.destroyAll();
      await done;
    }
  };
}

// libs/platform/sip/transport/udp-socket.ts
import { createSocket } from "node:dgram";
import { once as once3 } from "node:events";
import { isIPv6 } from "node:net";
async function bindUdp(host, port2, onDatagram) {
  const socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
  const listening = once3(socket, "listening");
  socket.bind({ address: host, port: port2, exclusive: true });
  try {
    await listening;
  } catch (err) {
    socket.close();
    throw err;
  }
  socket.on("message", (bytes, from) => onDatagram(bytes, { host: from.address, port: from.port, transport: "udp" }));
  socket.on("error", () => void 0);
  let closed = false;
  return {
    port: socket.address().port,
    send(bytes, peer, onError) {
      if (closed) return;
      socket.send(bytes, peer.port, peer.host, (err) => {
        if (err) onError(err);
      });
    },
    async close() {
      if (closed) return;
      closed = true;
      await new Promise((resolve) => socket.close(() => resolve()));
    }
  };
}

// libs/platform/sip/transport/transport-layer.ts
var BIND_ATTEMPTS = 20;
var TransportLayer = class {
  #options;
  #sockets = /* @__PURE__ */ new Map();
  #delayed = /* @__PURE__ */ new Set();
  #port;
  constructor(options) {
    this.#options = options;
  }
  get boundPort() {
    if (this.#port === void 0) throw new Error("the SIP user agent is not listening yet");
    return this.#port;
  }
  /** Host and port for Via and Contact. */
  get advertised() {
    const { advertise, bind } = this.#options;
    return { host: advertise?.host ?? reachable(bind.host), port: advertise?.port ?? this.boundPort };
  }
  async listen() {
    const { port: port2, host } = this.#options.bind;
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#bindAll(port2);
        return;
      } catch (err) {
        await this.close();
        if (port2 !== 0 || attempt === BIND_ATTEMPTS)
          throw new Error(`cannot bind SIP on ${host}:${port2}`, { cause: err });
      }
    }
  }
  /** Sends one message. `onError` may be called later, at most once. A verdict of the fault hook looks like a lost packet. */
  send(message, peer, onError) {
    this.#withFaults("out", message, peer, () => {
      const target = this.#responseTarget(message, peer);
      const socket = this.#sockets.get(target.transport);
      if (!socket) {
        queueMicrotask(() => onError(new Error(`no ${target.transport} socket`)));
        return;
      }
      this.#options.tap?.("out", message, target);
      socket.send(printMessage(message), target, onError);
    });
  }
  async close() {
    for (const timer of this.#delayed) clearTimeout(timer);
    const sockets = [...this.#sockets.values()];
    this.#sockets.clear();
    await Promise.all(sockets.map((s) => s.close()));
  }
  async #bindAll(port2) {
    let shared = port2;
    for (const transport of this.#options.bind.transports) {
      const bind = transport === "udp" ? bindUdp : bindTcp;
      const socket = await bind(this.#options.bind.host, shared, (bytes, source) => this.#receive(bytes, source));
      this.#sockets.set(transport, socket);
      shared = socket.port;
    }
    this.#port = shared;
  }
  #receive(bytes, source) {
    try {
      if (bytes.length < 12) return;
      const parsed = parseMessage(bytes);
      if (!parsed.ok) {
        this.#options.log.debug({ problem: parsed.problem, source, bytes: bytes.length }, "sip.message_refused");
        return;
      }
      const message = parsed.message.kind === "request" ? stampSource(parsed.message, source) : parsed.message;
      this.#withFaults("in", message, source, () => {
        this.#options.tap?.("in", message, source);
        this.#options.onMessage(message, source);
      });
    } catch (err) {
      this.#options.log.error({ err, source }, "sip.message_failed");
    }
  }
  #withFaults(direction, message, peer, pass) {
    const verdict = this.#options.faults?.(direction, message, peer) ?? "pass";
    if (verdict === "pass") pass();
    else if (verdict !== "drop") {
      const timer = setTimeout(() => {
        this.#delayed.delete(timer);
        try {
          pass();
        } catch (err) {
          this.#options.log.error({ err }, "sip.message_failed");
        }
      }, verdict.delayMs);
      this.#delayed.add(timer);
    }
  }
  /** UDP responses go where the top Via says (received, rport or sent-by port); TCP ones back on their connection. */
  #responseTarget(message, peer) {
    if (message.kind === "request" || peer.transport === "tcp") return peer;
    const { via } = fieldsOf(message);
    const port2 = Number(via.params["rport"] ?? "") || via.port || 5060;
    return { transport: "udp", host: via.params["received"] ?? peer.host, port: port2 };
  }
};
function stampSource(request, source) {
  const index = request.headers.findIndex((h) => canonicalName(h.name) === "via");
  const top = request.headers[index];
  if (!top) return request;
  const parts = top.value.split(";");
  const asksPort = parts.some((p) => p.trim().toLowerCase() === "rport");
  const kept = parts.filter((p) => {
    const lower = p.trim().toLowerCase();
    return lower !== "rport" && !lower.startsWith("rport=") && !lower.startsWith("received=");
  });
  const value = [...kept, `received=${source.host}`, ...asksPort ? [`rport=${source.port}`] : []].join(";");
  return { ...request, headers: request.headers.with(index, { name: top.name, value }) };
}
function reachable(host) {
  if (isIP(host) === 0 || host !== "0.0.0.0" && host !== "::") return host;
  const family = host === "::" ? "IPv6" : "IPv4";
  const found = Object.values(networkInterfaces()).flatMap((list) => list ?? []).find((i) => !i.internal && i.family === family);
  return found?.address ?? (host === "::" ? "::1" : "127.0.0.1");
}

// libs/platform/sip/agent/admission.ts
import { BlockList, isIPv6 as isIPv62 } from "node:net";
var MAX_SOURCES = 1e4;
function blockListOf(entries) {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = "", bits] = entry.split("/");
    const family = isIPv62(address) ? "ipv6" : "ipv4";
    if (bits === void 0) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}
var InviteGuard = class {
  #allowed;
  #rate;
  #burst;
  #buckets = /* @__PURE__ */ new Map();
  /** Throws on an entry of `allow` that is no address or block. */
  constructor(admission = {}) {
    this.#allowed = admission.allow === void 0 ? void 0 : blockListOf(admission.allow);
    this.#rate = admission.invitesPerSecond ?? 20;
    this.#burst = admission.burst ?? 40;
  }
  /** Judges one INVITE; `now` is monotonic, milliseconds. */
  judge(address, now) {
    if (this.#allowed && !this.#allowed.check(address, isIPv62(address) ? "ipv6" : "ipv4")) return "not_allowed";
    const bucket = this.#buckets.get(address) ?? { tokens: this.#burst, at: now };
    const tokens = Math.min(this.#burst, bucket.tokens + (now - bucket.at) / 1e3 * this.#rate);
    const isFull = tokens < 1;
    this.#buckets.delete(address);
    this.#buckets.set(address, { tokens: isFull ? tokens : tokens - 1, at: now });
    if (this.#buckets.size > MAX_SOURCES) this.#forgetOldest();
    return isFull ? "too_many" : "admit";
  }
  #forgetOldest() {
    const oldest = this.#buckets.keys().next();
    if (!oldest.done) this.#buckets.delete(oldest.value);
  }
};

// libs/platform/sip/message/sdp.ts
var CODECS = ["PCMU", "PCMA"];
var MAX_LINES = 400;
var STATIC_NAMES = { 0: "PCMU", 8: "PCMA" };
var OUR_PAYLOAD = { PCMU: 0, PCMA: 8 };
var OUR_EVENT_PAYLOAD = 101;
var DIRECTIONS = ["sendrecv", "sendonly", "recvonly", "inactive"];
var MIRROR = {
  sendrecv: "sendrecv",
  sendonly: "recvonly",
  recvonly: "sendonly",
  inactive: "inactive"
};
function connectionHost(value) {
  const [, , address = ""] = value.split(" ");
  return address.split("/")[0] ?? "";
}
function parse(sdp) {
  const lines = sdp.split("\n", MAX_LINES + 1).map((l) => l.endsWith("\r") ? l.slice(0, -1) : l);
  if (lines.length > MAX_LINES || !lines[0]?.startsWith("v=0")) return void 0;
  const sections = [];
  const session = { host: "", attributes: [] };
  for (const line of lines) {
    const value = line.slice(2);
    const target = sections.at(-1) ?? session;
    if (line.startsWith("m=")) sections.push({ media: value, host: "", attributes: [] });
    else if (line.startsWith("c=")) target.host = connectionHost(value);
    else if (line.startsWith("a=")) target.attributes.push(value);
  }
  const audioIndex = sections.findIndex((s) => s.media.startsWith("audio ") && !s.media.startsWith("audio 0 "));
  const found = sections[audioIndex];
  const mediaLines = sections.map((s) => s.media);
  if (!found) return { audio: void 0, mediaLines, audioIndex };
  const [, port2 = "", protocol = "", ...formats] = found.media.split(" ").filter((p) => p !== "");
  const payloads = formats.map(Number).filter((n) => Number.isInteger(n) && n >= 0 && n <= 127);
  const portNumber = Number(port2.split("/")[0]);
  if (!Number.isInteger(portNumber) || portNumber < 1 || portNumber > 65535) return void 0;
  const attributes = [...found.attributes, ...session.attributes];
  const audio = { host: found.host || session.host, port: portNumber, protocol, payloads, attributes };
  return audio.host === "" ? void 0 : { audio, mediaLines, audioIndex };
}
function codecNames(audio) {
  const names = /* @__PURE__ */ new Map();
  for (const payload of audio.payloads) {
    const known = STATIC_NAMES[payload];
    if (known !== void 0) names.set(payload, known);
  }
  for (const attribute of audio.attributes) {
    if (!attribute.startsWith("rtpmap:")) continue;
    const [payload = "", encoding = ""] = attribute.slice("rtpmap:".length).trim().split(" ");
    const [name = "", rate = ""] = encoding.split("/");
    if (rate === "8000") names.set(Number(payload), name.toUpperCase());
    else names.delete(Number(payload));
  }
  return names;
}
function negotiate(parsed, allowed) {
  if (!parsed) return { ok: false, problem: "malformed" };
  const { audio } = parsed;
  if (!audio) return { ok: false, problem: "no_audio" };
  if (audio.protocol !== "RTP/AVP" && audio.protocol !== "RTP/AVPF") return { ok: false, problem: "srtp_required" };
  const names = codecNames(audio);
  const isOurs = (name) => allowed.some((c) => c === name);
  const payloadType = audio.payloads.find((p) => isOurs(names.get(p)));
  const codec = payloadType === void 0 ? void 0 : names.get(payloadType);
  if (payloadType === void 0 || !isOurs(codec)) return { ok: false, problem: "no_common_codec" };
  const eventType = audio.payloads.find((p) => names.get(p) === "TELEPHONE-EVENT");
  const theirs = DIRECTIONS.find((d) => audio.attributes.includes(d)) ?? "sendrecv";
  const ptime = Number(audio.attributes.find((a) => a.startsWith("ptime:"))?.slice("ptime:".length) ?? 20);
  const media = {
    remote: { host: audio.host, port: audio.port },
    codec,
    payloadType,
    ...eventType === void 0 ? {} : { telephoneEventType: eventType },
    ptimeMs: Number.isInteger(ptime) && ptime >= 10 && ptime <= 60 ? ptime : 20,
    // The old way to hold: address 0.0.0.0.
    direction: audio.host === "0.0.0.0" ? "inactive" : MIRROR[theirs]
  };
  return { ok: true, media };
}
function head(local) {
  const family = local.host.includes(":") ? "IP6" : "IP4";
  const sessionId = local.sessionId ?? 1;
  return [
    "v=0",
    `o=- ${sessionId} ${local.version ?? sessionId} IN ${family} ${local.host}`,
    "s=-",
    `c=IN ${family} ${local.host}`,
    "t=0 0"
  ];
}
function createOffer(local) {
  const codecs = local.codecs ?? CODECS;
  const payloads = [...codecs.map((c) => OUR_PAYLOAD[c]), OUR_EVENT_PAYLOAD].join(" ");
  return [
    ...head(local),
    `m=audio ${local.port} RTP/AVP ${payloads}`,
    ...codecs.map((c) => `a=rtpmap:${OUR_PAYLOAD[c]} ${c}/8000`),
    `a=rtpmap:${OUR_EVENT_PAYLOAD} telephone-event/8000`,
    `a=fmtp:${OUR_EVENT_PAYLOAD} 0-15`,
    "a=ptime:20",
    "a=sendrecv",
    ""
  ].join("\r\n");
}
function readMedia(sdp, codecs = CODECS) {
  return negotiate(parse(sdp), codecs);
}
function answerOffer(offer, local) {
  const parsed = parse(offer);
  const result = negotiate(parsed, local.codecs ?? CODECS);
  if (!result.ok) return result;
  const { media } = result;
  const events = media.telephoneEventType;
  const audioLines = [
    `m=audio ${local.port} ${parsed?.audio?.protocol ?? "RTP/AVP"} ${media.payloadType}${events === void 0 ? "" : ` ${events}`}`,
    `a=rtpmap:${media.payloadType} ${media.codec}/8000`,
    ...events === void 0 ? [] : [`a=rtpmap:${events} telephone-event/8000`, `a=fmtp:${events} 0-15`],
    "a=ptime:20",
    `a=${media.direction}`
  ];
  const sections = (parsed?.mediaLines ?? []).flatMap((line, i) => {
    if (i === parsed?.audioIndex) return audioLines;
    const [kind = "audio", , protocol = "RTP/AVP", format = "0"] = line.split(" ");
    return [`m=${kind} 0 ${protocol} ${format}`];
  });
  return { ok: true, media, sdp: [...head(local), ...sections, ""].join("\r\n") };
}
function localMediaOf(sdp) {
  const result = negotiate(parse(sdp), CODECS);
  if (!result.ok) return void 0;
  const origin = sdp.split("\n").find((l) => l.startsWith("o="))?.split(" ") ?? [];
  const [sessionId, version] = [Number(origin[1]), Number(origin[2])];
  const numbered = Number.isSafeInteger(sessionId) && Number.isSafeInteger(version) ? { sessionId, version } : {};
  return { host: result.media.remote.host, port: result.media.remote.port, ...numbered };
}

// libs/platform/sip/agent/leg-end.ts
var KEPT = /* @__PURE__ */ new Set(["reason", "retry-after", "warning"]);
function evidenceHeaders(headers) {
  const kept = /* @__PURE__ */ new Map();
  for (const { name, value } of headers) {
    const lower = name.toLowerCase();
    if (!KEPT.has(lower) && !lower.startsWith("x-")) continue;
    const before = kept.get(name);
    kept.set(name, before === void 0 ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(kept);
}
function q850Of(headers) {
  for (const value of headerValues(headers, "reason")) {
    for (const entry of value.split(",")) {
      const [protocol = "", ...params] = entry.split(";");
      if (protocol.trim().toLowerCase() !== "q.850") continue;
      const cause = params.map((p) => p.trim().toLowerCase()).find((p) => p.startsWith("cause="));
      const code = cause === void 0 ? NaN : Number(cause.slice("cause=".length));
      if (Number.isInteger(code) && code >= 0 && code <= 127) return code;
    }
  }
  return void 0;
}
function legEnd(cause, headers, challenged) {
  const q850 = q850Of(headers);
  return {
    by: cause.by,
    phase: cause.phase,
    how: cause.how,
    ...cause.status === void 0 ? {} : { status: cause.status },
    ...cause.reason === void 0 ? {} : { reason: cause.reason },
    ...q850 === void 0 ? {} : { q850 },
    headers: evidenceHeaders(headers),
    challenged,
    confirmed: cause.confirmed ?? true
  };
}

// libs/platform/sip/agent/send-bye.ts
import { randomBytes as randomBytes2 } from "node:crypto";

// libs/platform/sip/message/digest.ts
import { createHash } from "node:crypto";
var HASHES = { MD5: "md5", "MD5-SESS": "md5", "SHA-256": "sha256", "SHA-256-SESS": "sha256" };
function algorithmOf(name) {
  const upper = (name ?? "MD5").toUpperCase();
  return upper in HASHES ? upper : void 0;
}
function parseChallenge(value) {
  const space = value.indexOf(" ");
  if (value.slice(0, Math.max(0, space)).toLowerCase() !== "digest") return void 0;
  const params = /* @__PURE__ */ new Map();
  for (const part of splitOutsideQuotes(value.slice(space + 1), ",")) {
    for (const [k, v] of Object.entries(parseParams(part))) params.set(k, v);
  }
  const [realm, nonce, algorithm, qop] = ["realm", "nonce", "algorithm", "qop"].map((k) => params.get(k));
  if (realm === void 0 || nonce === void 0 || algorithmOf(algorithm) === void 0) return void 0;
  const offers = qop?.split(",").map((q) => q.trim().toLowerCase());
  if (offers && !offers.includes("auth")) return void 0;
  const stale = params.get("stale")?.toLowerCase() === "true";
  return { realm, nonce, opaque: params.get("opaque"), algorithm, qopAuth: offers !== void 0, stale };
}
function readChallenge(values) {
  const usable = values.flatMap((value) => parseChallenge(value) ?? []);
  return usable.find((c) => algorithmOf(c.algorithm)?.startsWith("SHA")) ?? usable[0];
}
function quote(value) {
  return `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
function answerChallenge(challenge, request) {
  const algorithm = algorithmOf(challenge.algorithm) ?? "MD5";
  const hash = (text) => createHash(HASHES[algorithm]).update(text, "utf8").digest("hex");
  const { username, password, method, uri, cnonce } = request;
  const base = hash(`${username}:${challenge.realm}:${password}`);
  const secret = algorithm.endsWith("-SESS") ? hash(`${base}:${challenge.nonce}:${cnonce}`) : base;
  const count = "00000001";
  const middle = challenge.qopAuth ? `${challenge.nonce}:${count}:${cnonce}:auth` : challenge.nonce;
  const response = hash(`${secret}:${middle}:${hash(`${method}:${uri}`)}`);
  const parts = [
    `username=${quote(username)}`,
    `realm=${quote(challenge.realm)}`,
    `nonce=${quote(challenge.nonce)}`,
    `uri=${quote(uri)}`,
    `response="${response}"`,
    ...challenge.algorithm === void 0 ? [] : [`algorithm=${challenge.algorithm}`],
    ...challenge.opaque === void 0 ? [] : [`opaque=${quote(challenge.opaque)}`],
    ...challenge.qopAuth || algorithm.endsWith("-SESS") ? [`cnonce="${cnonce}"`] : [],
    ...challenge.qopAuth ? ["qop=auth", `nc=${count}`] : []
  ];
  return `Digest ${parts.join(", ")}`;
}

// libs/platform/sip/agent/send-bye.ts
var GONE = /* @__PURE__ */ new Set([404, 408, 410, 480, 481]);
function randomHex(bytes) {
  return randomBytes2(bytes).toString("hex");
}
function headersOf(record) {
  return Object.entries(record ?? {}).map(([name, value]) => ({ name, value }));
}
function confirmsBye(status) {
  return status < 300 || GONE.has(status);
}
function authorize(response, request, credentials) {
  const isProxy = response.status === 407;
  const challenge = readChallenge(headerValues(response.headers, isProxy ? "proxy-authenticate" : "www-authenticate"));
  if (!credentials || !challenge) return void 0;
  const value = answerChallenge(challenge, {
    ...credentials,
    method: request.method,
    uri: request.uri,
    cnonce: randomHex(8)
  });
  return { header: { name: isProxy ? "Proxy-Authorization" : "Authorization", value }, stale: challenge.stale };
}
function sendBye(transactions, dialog, headers, credentials) {
  const attempt = (extra, isLast) => new Promise((resolve) => {
    const request = dialog.request("BYE", [...headers, ...extra]);
    transactions.request(request, dialog.nextHop, {
      onTimeout: () => resolve(void 0),
      onTransportError: () => resolve(void 0),
      onResponse: (response) => {
        if (response.status < 200) return;
        const isChallenge = response.status === 401 || response.status === 407;
        const auth = isChallenge && !isLast ? authorize(response, request, credentials) : void 0;
        resolve(auth ? attempt([auth.header], true) : response.status);
      }
    });
  });
  return attempt([], false);
}

// libs/platform/sip/agent/call-core.ts
var DEFAULT_WAIT_MS = 2e3;
var SDP_TYPE = { name: "Content-Type", value: "application/sdp" };
var CallCore = class extends Emitter {
  constructor(callId, localTag, context2) {
    super(context2.log);
    this.timers = new TimerSet();
    this.localSdp = "";
    this.challenged = false;
    /** A BYE was sent or received: none may follow. */
    this.dialogIsOver = false;
    this.#state = "setup";
    this.#answerRenegotiation = (offer) => this.#answerAgain(offer);
    this.#unacknowledged = /* @__PURE__ */ new Map();
    this.callId = callId;
    this.localTag = localTag;
    this.context = context2;
  }
  #state;
  #end;
  #answerRenegotiation;
  #unacknowledged;
  #hangingUp;
  get state() {
    return this.#state;
  }
  get end() {
    return this.#end;
  }
  snapshot() {
    return this.dialog?.snapshot(this.direction);
  }
  answerRenegotiationWith(answer3) {
    this.#answerRenegotiation = answer3;
  }
  bye(options = {}) {
    return this.hangUp(options, () => this.endDialog(options));
  }
  /** Stops whatever still runs; the user agent has forgotten the call. */
  dispose() {
    this.timers.clear();
  }
  become(state) {
    if (this.#state !== "ended") this.#state = state;
  }
  /** Runs one hang-up at a time, bounded by `waitMs`; a second request joins the first. */
  hangUp(options, run) {
    if (this.#state === "ended") return Promise.resolve("already_ended");
    this.#hangingUp ??= this.#boundedHangUp(options.waitMs ?? DEFAULT_WAIT_MS, run);
    return this.#hangingUp;
  }
  /** The one way to end. Later causes are ignored. */
  finish(end) {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#end = end;
    this.timers.stop("hang-up");
    this.context.ended();
    this.emit("ended", end);
  }
  /** Ends the dialog by BYE; the ending, unconfirmed when nobody answered. Nothing when it is over already. */
  async endDialog(options) {
    if (!this.dialog || this.dialogIsOver) return void 0;
    this.dialogIsOver = true;
    this.become("ending");
    const status = await sendBye(this.context.transactions, this.dialog, headersOf(options.headers), this.credentials);
    return this.localEnd("talk", "bye", status !== void 0 && confirmsBye(status));
  }
  localEnd(phase, how, confirmed) {
    return legEnd({ by: "local", phase, how, confirmed }, [], this.challenged);
  }
  async #boundedHangUp(waitMs, run) {
    const unconfirmed = this.dialog ? this.localEnd("talk", "bye", false) : this.localEnd("setup", "cancel", false);
    const timedOut = new Promise((resolve) => this.timers.start("hang-up", waitMs, () => resolve(unconfirmed)));
    const end = await Promise.race([run(), timedOut, this.next("ended").then(() => void 0)]);
    if (!end || this.#state === "ended") return "confirmed";
    this.finish(end);
    const crossed = end.how === "cancel" && end.status !== void 0 && end.status < 300;
    if (!end.confirmed) return "unconfirmed";
    return crossed ? "crossed" : "confirmed";
  }
  /** A request inside this dialog; the user agent has matched Call-ID and local tag. */
  receiveRequest(transaction) {
    const { request } = transaction;
    const { cseq, fromTag } = fieldsOf(request);
    const reply = (status, headers = []) => transaction.respond(
      responseTo(request, { status, headers: [...headers, ...this.context.agentHeaders], toTag: this.localTag })
    );
    const isStranger = this.dialog ? this.dialog.remoteTag !== fromTag : this.direction === "outbound";
    if (isStranger) return reply(481);
    if (this.dialog && !this.dialog.acceptCseq(cseq.number)) return reply(500);
    if (request.method === "OPTIONS") return reply(200, [this.context.allow]);
    if (request.method !== "BYE") return reply(405, [this.context.allow]);
    reply(200);
    this.receiveBye(request);
  }
  receiveBye(bye) {
    this.dialogIsOver = true;
    for (const settle of this.#unacknowledged.values()) settle(void 0);
    const mine = this.#state === "ending";
    if (mine) this.finish(this.localEnd("talk", "bye", true));
    else this.finish(legEnd({ by: "remote", phase: "talk", how: "bye" }, bye.headers, this.challenged));
  }
  /** An INVITE inside this dialog. */
  receiveInvite(transaction) {
    const { request } = transaction;
    const { cseq, fromTag } = fieldsOf(request);
    const refuse2 = (status, headers = []) => transaction.respond(
      responseTo(request, { status, headers: [...headers, ...this.context.agentHeaders], toTag: this.localTag })
    );
    if (!this.dialog || this.dialog.remoteTag !== fromTag || this.#state === "ended") return refuse2(481);
    if (!this.dialog.acceptCseq(cseq.number)) return refuse2(500);
    if (this.#unacknowledged.size > 0 || this.#state === "ending") return refuse2(491);
    const localSdp = request.body === "" ? this.localSdp : this.#answerRenegotiation(request.body);
    if (localSdp === void 0) return refuse2(488);
    this.localSdp = localSdp;
    this.dialog.refreshTarget(request);
    this.sendAnswer(transaction, localSdp, (ack) => {
      const sdp = request.body === "" ? ack?.body ?? "" : request.body;
      if (ack && sdp !== "") this.emit("renegotiated", { sdp, localSdp });
    });
  }
  /** The ACK of one of our 2xx. */
  receiveAck(ack) {
    this.#unacknowledged.get(fieldsOf(ack).cseq.number)?.(ack);
  }
  /** Sends a 2xx with SDP and repeats it until the ACK (RFC 3261 13.3.1.4). Without one: BYE, and the leg ends as timed out. */
  sendAnswer(transaction, sdp, onAck) {
    const { t1, t2 } = this.context.timers;
    const { number: number2 } = fieldsOf(transaction.request).cseq;
    const contact = this.context.contact(this.localUser, this.transport);
    const headers = [contact, this.context.allow, SDP_TYPE, ...this.context.agentHeaders];
    const response = responseTo(transaction.request, { status: 200, toTag: this.localTag, headers, body: sdp });
    const repeatAfter = (ms) => this.timers.start(`repeat-${number2}`, ms, () => {
      transaction.respond(response);
      repeatAfter(Math.min(ms * 2, t2));
    });
    this.#unacknowledged.set(number2, (ack) => {
      this.#unacknowledged.delete(number2);
      this.timers.stop(`repeat-${number2}`);
      this.timers.stop(`no-ack-${number2}`);
      onAck(ack);
    });
    transaction.respond(response);
    repeatAfter(t1);
    this.timers.start(`no-ack-${number2}`, 64 * t1, () => this.#noAck(number2));
  }
  /** None of our 2xx waits for its ACK. */
  get isAcknowledged() {
    return this.#unacknowledged.size === 0;
  }
  #noAck(number2) {
    this.#unacknowledged.get(number2)?.(void 0);
    if (this.dialogIsOver || !this.dialog) return;
    this.dialogIsOver = true;
    void sendBye(this.context.transactions, this.dialog, [], this.credentials);
    this.finish(legEnd({ by: "error", phase: "talk", how: "timeout", reason: "no ACK" }, [], this.challenged));
  }
  #answerAgain(offer) {
    const local = localMediaOf(this.localSdp);
    if (!local) return void 0;
    const answer3 = answerOffer(offer, { ...local, version: (local.version ?? 1) + 1 });
    return answer3.ok ? answer3.sdp : void 0;
  }
};

// libs/platform/sip/agent/dialog.ts
function peerOf(uri, fallback) {
  const parsed = parseSipUri(uri);
  if (!parsed || parsed.scheme !== "sip" || parsed.host === "") return void 0;
  const named = parsed.params["transport"]?.toLowerCase();
  const transport = named === "tcp" || named === "udp" ? named : fallback;
  return { host: parsed.host, port: parsed.port ?? 5060, transport };
}
var Dialog = class _Dialog {
  #parts;
  #localCseq;
  #remoteCseq;
  #remoteTarget;
  constructor(parts) {
    this.#parts = parts;
    this.#localCseq = parts.localCseq;
    this.#remoteCseq = parts.remoteCseq;
    this.#remoteTarget = parts.remoteTarget;
  }
  get remoteTag() {
    return this.#parts.remoteTag;
  }
  /** The dialog a 2xx to our INVITE makes. */
  static ofAnswer(invite, response, peer) {
    const { callId, fromTag, toTag, cseq } = fieldsOf(response);
    return new _Dialog({
      callId,
      localTag: fromTag,
      remoteTag: toTag,
      localAddress: headerValue(invite.headers, "from") ?? "",
      remoteAddress: headerValue(response.headers, "to") ?? "",
      routeSet: headerValues(response.headers, "record-route").reverse(),
      remoteTarget: contactUris(response)[0] ?? invite.uri,
      peer,
      localCseq: cseq.number,
      remoteCseq: void 0
    });
  }
  /** The dialog our 2xx to this INVITE makes. */
  static ofInvite(invite, localTag, peer) {
    const { callId, fromTag, cseq, from } = fieldsOf(invite);
    return new _Dialog({
      callId,
      localTag,
      remoteTag: fromTag,
      localAddress: `${headerValue(invite.headers, "to") ?? ""};tag=${localTag}`,
      remoteAddress: headerValue(invite.headers, "from") ?? "",
      routeSet: headerValues(invite.headers, "record-route"),
      remoteTarget: contactUris(invite)[0] ?? from.uri,
      peer,
      localCseq: 0,
      remoteCseq: cseq.number
    });
  }
  /** A confirmed dialog out of a journal. */
  static ofSnapshot(snapshot) {
    const { localUri, remoteUri, ...rest } = snapshot;
    return new _Dialog({ ...rest, localAddress: localUri, remoteAddress: remoteUri, remoteCseq: void 0 });
  }
  snapshot(direction) {
    const { callId, localTag, remoteTag, localAddress, remoteAddress, routeSet } = this.#parts;
    return {
      version: 1,
      state: "confirmed",
      direction,
      callId,
      localTag,
      remoteTag,
      localUri: localAddress,
      remoteUri: remoteAddress,
      localCseq: this.#localCseq,
      routeSet,
      remoteTarget: this.#remoteTarget,
      peer: this.nextHop
    };
  }
  /** Next hop: the first route, else the remote target; the INVITE's own peer when neither is usable. */
  get nextHop() {
    const { peer, routeSet } = this.#parts;
    const route = routeSet[0] === void 0 ? void 0 : parseAddress(routeSet[0])?.uri;
    return peerOf(route ?? this.#remoteTarget, peer.transport) ?? peer;
  }
  /** A request inside the dialog with the next CSeq. */
  request(method, extra) {
    this.#localCseq += 1;
    return this.#build(method, this.#localCseq, extra);
  }
  /** The ACK of a 2xx to the INVITE with that CSeq number. */
  ack(cseq) {
    return this.#build("ACK", cseq, []);
  }
  /** Whether an arriving request is in order (RFC 3261 12.2.2); remembers its CSeq. */
  acceptCseq(number2) {
    if (this.#remoteCseq !== void 0 && number2 < this.#remoteCseq) return false;
    this.#remoteCseq = number2;
    return true;
  }
  /** A target refresh (re-INVITE) moves the remote target. */
  refreshTarget(request) {
    this.#remoteTarget = contactUris(request)[0] ?? this.#remoteTarget;
  }
  #build(method, cseq, extra) {
    const { callId, localAddress, remoteAddress, routeSet } = this.#parts;
    const first = routeSet[0] === void 0 ? void 0 : parseAddress(routeSet[0]);
    const isStrict = first !== void 0 && parseSipUri(first.uri)?.params["lr"] === void 0;
    const routes = isStrict ? [...routeSet.slice(1), `<${this.#remoteTarget}>`] : routeSet;
    return {
      kind: "request",
      method,
      uri: isStrict ? first.uri : this.#remoteTarget,
      headers: [
        { name: "Max-Forwards", value: "70" },
        ...routes.map((value) => ({ name: "Route", value })),
        { name: "From", value: localAddress },
        { name: "To", value: remoteAddress },
        { name: "Call-ID", value: callId },
        { name: "CSeq", value: `${cseq} ${method}` },
        ...extra
      ],
      body: ""
    };
  }
};

// libs/platform/sip/agent/end-journaled.ts
function pendingInvite(snapshot) {
  return {
    kind: "request",
    method: "INVITE",
    uri: snapshot.remoteTarget,
    headers: [
      { name: "Via", value: snapshot.inviteVia ?? "" },
      { name: "Max-Forwards", value: "70" },
      { name: "From", value: snapshot.localUri },
      { name: "To", value: snapshot.remoteUri },
      { name: "Call-ID", value: snapshot.callId },
      { name: "CSeq", value: `${snapshot.localCseq} INVITE` }
    ],
    body: ""
  };
}
async function endConfirmed(transactions, snapshot, options) {
  const status = await sendBye(transactions, Dialog.ofSnapshot(snapshot), headersOf(options.headers), void 0);
  return status !== void 0 && confirmsBye(status) ? "confirmed" : "unconfirmed";
}
function endEarly(transactions, timers, snapshot, options) {
  return new Promise((resolve) => {
    const request = pendingInvite(snapshot);
    const unconfirmed = () => resolve("unconfirmed");
    let ended;
    const onAnswer = async (response) => {
      const dialog = ended ?? Dialog.ofAnswer(request, response, snapshot.peer);
      transactions.acknowledge(dialog.ack(fieldsOf(response).cseq.number), dialog.nextHop);
      if (ended) return;
      ended = dialog;
      const status = await sendBye(transactions, dialog, headersOf(options.headers), void 0);
      resolve(status !== void 0 && confirmsBye(status) ? "crossed" : "unconfirmed");
    };
    const invite = transactions.resumeInvite(request, snapshot.peer, {
      onTimeout: unconfirmed,
      onTransportError: unconfirmed,
      onResponse: (response) => {
        if (response.status >= 300) resolve("confirmed");
        else if (response.status >= 200) void onAnswer(response);
      }
    });
    transactions.cancel(invite, headersOf(options.headers), {
      onTimeout: unconfirmed,
      onTransportError: unconfirmed,
      // 481: the far end knows no such INVITE, so there is nothing left to end.
      onResponse: (response) => {
        if (response.status === 481 && !ended) resolve("confirmed");
      }
    });
    setTimeout(() => invite.terminate(), 64 * timers.t1).unref();
  });
}
async function endJournaled(transactions, timers, snapshot, options) {
  const ending = snapshot.state === "early" ? endEarly(transactions, timers, snapshot, options) : endConfirmed(transactions, snapshot, options);
  let timer;
  const timedOut = new Promise((resolve) => {
    timer = setTimeout(() => resolve("unconfirmed"), options.waitMs ?? DEFAULT_WAIT_MS);
  });
  const outcome = await Promise.race([ending, timedOut]);
  clearTimeout(timer);
  return outcome;
}

// libs/platform/sip/agent/inbound-leg.ts
function partyOf(address) {
  return { uri: address.uri, user: parseSipUri(address.uri)?.user ?? "", displayName: address.displayName };
}
var InboundLeg = class extends CallCore {
  constructor(transaction, context2) {
    const { request, peer } = transaction;
    const fields = fieldsOf(request);
    super(fields.callId, randomHex(8), context2);
    this.direction = "inbound";
    this.#ackSettled = Promise.resolve();
    this.#transaction = transaction;
    this.from = partyOf(fields.from);
    this.to = partyOf(fields.to);
    this.requestUri = request.uri;
    this.dialled = parseSipUri(request.uri)?.user ?? "";
    this.headers = headerRecord(request.headers);
    this.sdp = request.body;
    this.source = peer;
    this.localUser = this.dialled;
    this.transport = peer.transport;
    transaction.onCancel = (cancel) => this.#cancelled(cancel);
    transaction.respond(responseTo(request, { status: 100 }));
  }
  #transaction;
  #ackSettled;
  ring() {
    this.#respond(180);
  }
  progress(sdp) {
    this.#respond(183, [{ name: "Content-Type", value: "application/sdp" }], sdp);
  }
  answer(sdp) {
    if (this.state !== "setup" || !this.#transaction.isPending) return false;
    this.dialog = Dialog.ofInvite(this.#transaction.request, this.localTag, this.source);
    this.localSdp = sdp;
    this.become("talk");
    this.#ackSettled = new Promise((resolve) => {
      this.sendAnswer(this.#transaction, sdp, (ack) => {
        resolve();
        if (ack) this.emit("acked", ack.body === "" ? {} : { sdp: ack.body });
      });
    });
    return true;
  }
  reject(status, reason, headers) {
    if (this.state !== "setup" || !this.#transaction.isPending || status < 300 || status > 699) return false;
    const extra = headersOf(headers);
    this.#respond(status, extra, "", reason);
    const said = reason === void 0 ? {} : { reason };
    this.finish(legEnd({ by: "local", phase: "setup", how: "response", status, ...said }, extra, false));
    return true;
  }
  bye(options = {}) {
    if (this.state === "setup") return Promise.resolve(this.reject(480) ? "confirmed" : "already_ended");
    return super.bye(options);
  }
  giveUp(waitMs) {
    if (this.state === "setup") this.reject(503);
    return this.bye({ waitMs });
  }
  /** No BYE before the ACK of our 200 (RFC 3261 15): it is sent as soon as that is settled. */
  async endDialog(options) {
    this.become("ending");
    await this.#ackSettled;
    return super.endDialog(options);
  }
  /** A caller may end an unanswered call by BYE as well. */
  receiveBye(bye) {
    if (this.state === "setup") this.#terminated("bye", bye);
    else super.receiveBye(bye);
  }
  #cancelled(cancel) {
    if (this.state !== "setup") return;
    this.#terminated("cancel", cancel);
  }
  #terminated(how, request) {
    this.#respond(487);
    this.emit("cancelled", { headers: headerRecord(request.headers) });
    this.finish(legEnd({ by: "remote", phase: "setup", how }, request.headers, false));
  }
  #respond(status, headers = [], body = "", reason) {
    if (this.state !== "setup") return;
    const contact = this.context.contact(this.localUser, this.transport);
    const all = [contact, ...headers, ...this.context.agentHeaders];
    const said = reason === void 0 ? {} : { reason };
    const response = responseTo(this.#transaction.request, {
      status,
      toTag: this.localTag,
      headers: all,
      body,
      ...said
    });
    this.#transaction.respond(response);
  }
};

// libs/platform/sip/agent/outbound-leg.ts
var OutboundLeg = class extends CallCore {
  constructor(options, addresses, context2) {
    super(options.callId ?? randomHex(16), randomHex(8), context2);
    this.direction = "outbound";
    this.#cseq = 0;
    this.#sawProvisional = false;
    this.#answersTried = /* @__PURE__ */ new Map();
    this.#authorization = /* @__PURE__ */ new Map();
    this.#forks = /* @__PURE__ */ new Map();
    this.#options = options;
    this.#addresses = addresses;
    this.localUser = parseSipUri(addresses.fromUri)?.user ?? "";
    this.transport = addresses.peer.transport;
    this.localSdp = options.sdp;
    this.credentials = options.credentials;
  }
  #options;
  #addresses;
  #transaction;
  #cseq;
  #sawProvisional;
  #cancel;
  #answersTried;
  #authorization;
  #forks;
  /** Sends the INVITE; called once by the user agent, and again with credentials after a challenge. */
  start() {
    this.#cseq += 1;
    this.#sawProvisional = false;
    this.#transaction = this.context.transactions.invite(this.#buildInvite(), this.#addresses.peer, {
      onResponse: (response) => this.#receive(response),
      onTimeout: () => this.#fail("timeout", "no answer to INVITE"),
      onTransportError: (err) => this.#fail("transport", err.code ?? err.message)
    });
  }
  snapshot() {
    const confirmed = super.snapshot();
    const invite = this.#transaction?.request;
    if (confirmed || !invite) return confirmed;
    return {
      version: 1,
      state: "early",
      direction: "outbound",
      callId: this.callId,
      localTag: this.localTag,
      remoteTag: "",
      localUri: headerValue(invite.headers, "from") ?? "",
      remoteUri: headerValue(invite.headers, "to") ?? "",
      localCseq: this.#cseq,
      routeSet: [],
      remoteTarget: invite.uri,
      peer: this.#addresses.peer,
      inviteVia: headerValue(invite.headers, "via") ?? ""
    };
  }
  cancel(options = {}) {
    if (this.dialog) return this.bye(options);
    return this.hangUp(options, () => {
      this.become("ending");
      return new Promise((settle) => {
        this.#cancel = { headers: headersOf(options.headers), settle, sent: false };
        if (this.#sawProvisional) this.#sendCancel();
      });
    });
  }
  bye(options = {}) {
    return this.dialog ? super.bye(options) : this.cancel(options);
  }
  giveUp(waitMs) {
    return this.bye({ waitMs });
  }
  dispose() {
    super.dispose();
    if (!this.dialog) this.#transaction?.terminate();
  }
  #buildInvite() {
    const { target, headers, sdp } = this.#options;
    const { from, to, peer } = this.#addresses;
    return {
      kind: "request",
      method: "INVITE",
      uri: target,
      headers: [
        { name: "Max-Forwards", value: "70" },
        { name: "From", value: `${from};tag=${this.localTag}` },
        { name: "To", value: to },
        { name: "Call-ID", value: this.callId },
        { name: "CSeq", value: `${this.#cseq} INVITE` },
        this.context.contact(this.localUser, peer.transport),
        this.context.allow,
        ...this.#authorization.values(),
        ...headersOf(headers),
        ...this.context.agentHeaders,
        { name: "Content-Type", value: "application/sdp" }
      ],
      body: sdp
    };
  }
  #receive(response) {
    if (response.status < 200) this.#provisional(response);
    else if (response.status < 300) this.#answered(response);
    else this.#refused(response);
  }
  #provisional(response) {
    this.#sawProvisional = true;
    if (this.#cancel) {
      this.#sendCancel();
      return;
    }
    if (response.status === 100) return;
    const { status, reason } = response;
    const media = response.body === "" ? {} : { sdp: response.body };
    this.emit("provisional", { status, reason, headers: headerRecord(response.headers), ...media });
  }
  #answered(response) {
    const { toTag, cseq } = fieldsOf(response);
    const known = this.dialog?.remoteTag === toTag ? this.dialog : this.#forks.get(toTag);
    const dialog = known ?? Dialog.ofAnswer(this.#transaction?.request ?? this.#buildInvite(), response, this.#addresses.peer);
    this.context.transactions.acknowledge(dialog.ack(cseq.number), dialog.nextHop);
    if (known) return;
    if (this.dialog) {
      this.#forks.set(toTag, dialog);
      void sendBye(this.context.transactions, dialog, [], this.credentials);
      return;
    }
    this.dialog = dialog;
    if (this.state === "setup") {
      this.become("talk");
      this.emit("answered", { sdp: response.body, headers: headerRecord(response.headers) });
    } else void this.#endCrossed(dialog, response);
  }
  /** The answer crossed our CANCEL: the leg was up for a moment and is ended by BYE. */
  async #endCrossed(dialog, response) {
    this.dialogIsOver = true;
    this.timers.stop("abandon");
    const status = await sendBye(this.context.transactions, dialog, this.#cancel?.headers ?? [], this.credentials);
    this.#settleCancel(response, status !== void 0 && confirmsBye(status));
  }
  #refused(response) {
    this.timers.stop("abandon");
    if (this.#cancel) {
      this.#settleCancel(response, true);
      return;
    }
    if (this.#answerChallenge(response)) {
      this.start();
      return;
    }
    const { status, reason } = response;
    this.finish(
      legEnd({ by: "remote", phase: "setup", how: "response", status, reason }, response.headers, this.challenged)
    );
  }
  /** One try a challenge kind, and one more when only the nonce was stale. */
  #answerChallenge(response) {
    if (response.status !== 401 && response.status !== 407) return false;
    const tried = this.#answersTried.get(response.status) ?? 0;
    const auth = authorize(response, { method: "INVITE", uri: this.#options.target }, this.credentials);
    if (!auth || tried > 1 || tried === 1 && !auth.stale) return false;
    this.#answersTried.set(response.status, tried + 1);
    this.#authorization.set(auth.header.name, auth.header);
    this.challenged = true;
    return true;
  }
  #sendCancel() {
    const invite = this.#transaction;
    if (!this.#cancel || this.#cancel.sent || !invite) return;
    this.#cancel.sent = true;
    const ignore = () => void 0;
    const handlers = { onResponse: ignore, onTimeout: ignore, onTransportError: ignore };
    this.context.transactions.cancel(invite, this.#cancel.headers, handlers);
    this.timers.start("abandon", 64 * this.context.timers.t1, () => {
      invite.terminate();
      this.#cancel?.settle(this.localEnd("setup", "cancel", false));
    });
  }
  #settleCancel(response, confirmed) {
    const { status, reason } = response;
    const cause = { by: "local", phase: "setup", how: "cancel", status, reason, confirmed };
    this.#cancel?.settle(legEnd(cause, response.headers, this.challenged));
  }
  #fail(how, reason) {
    this.timers.stop("abandon");
    if (this.#cancel) this.#cancel.settle(this.localEnd("setup", "cancel", false));
    else this.finish(legEnd({ by: "error", phase: "setup", how, reason }, [], this.challenged));
  }
};

// libs/platform/sip/agent/user-agent.ts
var ALLOW = { name: "Allow", value: "INVITE, ACK, BYE, CANCEL, OPTIONS" };
var ACCEPT = { name: "Accept", value: "application/sdp" };
var SipUserAgent = class extends Emitter {
  #options;
  #timers;
  #transport;
  #transactions;
  #guard;
  #agentHeaders;
  #log;
  /** By Call-ID and local tag. An ended call stays for 64 * T1: its last ACK or BYE may still come. */
  #calls = /* @__PURE__ */ new Map();
  #isClosing = false;
  constructor(options) {
    const log2 = options.log ?? silentLog;
    super(log2);
    this.#log = log2;
    this.#options = options;
    this.#timers = sipTimers(options.timers);
    this.#guard = new InviteGuard(options.admission);
    this.#agentHeaders = options.userAgentName === void 0 ? [] : [{ name: "User-Agent", value: options.userAgentName }];
    this.#transport = new TransportLayer({
      ...options,
      log: log2,
      onMessage: (m, source) => this.#transactions.receive(m, source)
    });
    this.#transactions = new TransactionLayer(this.#timers, this.#transport, this);
  }
  get address() {
    return { host: this.#options.bind.host, port: this.#transport.boundPort };
  }
  async listen() {
    await this.#transport.listen();
    return this.address;
  }
  invite(options) {
    const from = parseAddress(options.from);
    const to = parseAddress(options.to ?? options.target);
    const direct = peerOf(options.target, options.transport ?? "udp");
    if (!from || !to || !direct) throw new Error("INVITE needs SIP URIs for target, from and to");
    const transport = options.transport ?? direct.transport;
    const peer = { ...direct, ...options.nextHop, transport };
    const name = from.displayName === "" ? "" : `"${from.displayName.replaceAll("\\", "").replaceAll('"', "")}" `;
    const addresses = { peer, from: `${name}<${from.uri}>`, fromUri: from.uri, to: `<${to.uri}>` };
    const leg = new OutboundLeg(
      options,
      addresses,
      this.#contextFor(() => leg)
    );
    this.#calls.set(keyOf(leg.callId, leg.localTag), leg);
    leg.start();
    return leg;
  }
  dialogs() {
    const live = [...this.#calls.values()].filter((call) => call.state !== "ended");
    return { count: live.length, ids: live.map((c) => c.callId), snapshots: live.flatMap((c) => c.snapshot() ?? []) };
  }
  transactions() {
    return this.#transactions.size;
  }
  endDialog(snapshot, options = {}) {
    return endJournaled(this.#transactions, this.#timers, snapshot, options);
  }
  async close(options = {}) {
    this.#isClosing = true;
    const waitMs = options.waitMs ?? DEFAULT_WAIT_MS;
    await Promise.all([...this.#calls.values()].map((call) => call.giveUp(waitMs)));
    this.#transactions.terminateAll();
    for (const call of this.#calls.values()) call.dispose();
    this.#calls.clear();
    await this.#transport.close();
  }
  onInvite(transaction) {
    const { request, peer } = transaction;
    const { callId, toTag } = fieldsOf(request);
    if (toTag !== "") {
      const call = this.#calls.get(keyOf(callId, toTag));
      if (call) call.receiveInvite(transaction);
      else transaction.respond(this.#reply(request, 481));
      return;
    }
    const refusal = this.#refusalOf(request, peer.host);
    if (refusal) {
      transaction.respond(this.#reply(request, refusal.status, refusal.headers));
      this.#log.info({ status: refusal.status, source: peer }, "sip.invite_refused");
      return;
    }
    const leg = new InboundLeg(
      transaction,
      this.#contextFor(() => leg)
    );
    this.#calls.set(keyOf(leg.callId, leg.localTag), leg);
    this.emit("invite", leg);
  }
  onRequest(transaction) {
    const { request } = transaction;
    const { callId, toTag } = fieldsOf(request);
    const call = toTag === "" ? void 0 : this.#calls.get(keyOf(callId, toTag));
    if (call) call.receiveRequest(transaction);
    else if (toTag !== "") transaction.respond(this.#reply(request, 481));
    else if (request.method === "OPTIONS") transaction.respond(this.#reply(request, 200, [ALLOW, ACCEPT]));
    else transaction.respond(this.#reply(request, request.method === "BYE" ? 481 : 405, [ALLOW]));
  }
  onAck(ack) {
    const { callId, toTag } = fieldsOf(ack);
    this.#calls.get(keyOf(callId, toTag))?.receiveAck(ack);
  }
  #refusalOf(request, sourceHost) {
    const verdict = this.#guard.judge(sourceHost, performance.now());
    if (verdict === "not_allowed") return { status: 403, headers: [] };
    if (verdict === "too_many") return { status: 503, headers: [{ name: "Retry-After", value: "1" }] };
    const required = headerValues(request.headers, "require").join(", ");
    if (required !== "") return { status: 420, headers: [{ name: "Unsupported", value: required }] };
    if (!parseSipUri(request.uri)) return { status: 416, headers: [] };
    if (headerValues(request.headers, "max-forwards")[0] === "0") return { status: 483, headers: [] };
    if (this.#isClosing || !this.hasListener("invite")) return { status: 480, headers: [] };
    return void 0;
  }
  #reply(request, status, headers = []) {
    return responseTo(request, { status, toTag: randomHex(8), headers: [...headers, ...this.#agentHeaders] });
  }
  #contextFor(leg) {
    return {
      transactions: this.#transactions,
      timers: this.#timers,
      log: this.#log,
      allow: ALLOW,
      agentHeaders: this.#agentHeaders,
      contact: (user, transport) => this.#contact(user, transport),
      ended: () => this.#linger(leg())
    };
  }
  #linger(leg) {
    const timer = setTimeout(() => {
      leg.dispose();
      this.#calls.delete(keyOf(leg.callId, leg.localTag));
    }, 64 * this.#timers.t1);
    timer.unref();
  }
  #contact(user, transport) {
    const { host, port: port2 } = this.#transport.advertised;
    const hostPort = host.includes(":") ? `[${host}]:${port2}` : `${host}:${port2}`;
    const userPart = user === "" ? "" : `${encodeURIComponent(user).replaceAll("%2B", "+")}@`;
    const suffix = transport === "udp" ? "" : `;transport=${transport}`;
    return { name: "Contact", value: `<sip:${userPart}${hostPort}${suffix}>` };
  }
};
function keyOf(callId, localTag) {
  return `${callId}|${localTag}`;
}
function createUserAgent(options) {
  return new SipUserAgent(options);
}

// libs/platform/sip/media/g711.ts
var MU_BIAS = 132;
var MU_CLIP = 32635;
function muLawToLinear(code) {
  const bits = ~code & 255;
  const magnitude = ((bits & 15) << 3) + MU_BIAS << ((bits & 112) >> 4);
  return (bits & 128) !== 0 ? MU_BIAS - magnitude : magnitude - MU_BIAS;
}
function linearToMuLaw(sample) {
  const sign = sample < 0 ? 128 : 0;
  const magnitude = Math.min(Math.abs(sample), MU_CLIP) + MU_BIAS;
  const exponent = Math.max(0, 31 - Math.clz32(magnitude) - 7);
  const mantissa = magnitude >> exponent + 3 & 15;
  return ~(sign | exponent << 4 | mantissa) & 255;
}
function aLawToLinear(code) {
  const bits = code ^ 85;
  const exponent = (bits & 112) >> 4;
  const mantissa = bits & 15;
  const magnitude = exponent === 0 ? (mantissa << 4) + 8 : (mantissa << 4) + 264 << exponent - 1;
  return (bits & 128) !== 0 ? magnitude : -magnitude;
}
function linearToALaw(sample) {
  const sign = sample >= 0 ? 128 : 0;
  const magnitude = Math.min(sample >= 0 ? sample : -sample - 1, 32767);
  const exponent = magnitude < 256 ? 0 : 31 - Math.clz32(magnitude) - 7;
  const mantissa = magnitude >> (exponent === 0 ? 4 : exponent + 3) & 15;
  return (sign | exponent << 4 | mantissa) ^ 85;
}
function decodeTable(decode) {
  return Int16Array.from({ length: 256 }, (_, code) => decode(code));
}
function encodeTable(encode) {
  return Uint8Array.from({ length: 65536 }, (_, i) => encode(i - 32768));
}
var DECODE = {
  PCMU: decodeTable(muLawToLinear),
  PCMA: decodeTable(aLawToLinear)
};
var ENCODE = {
  PCMU: encodeTable(linearToMuLaw),
  PCMA: encodeTable(linearToALaw)
};
function decodeG711(codec, bytes) {
  const table = DECODE[codec];
  const samples = new Int16Array(bytes.length);
  for (let i = 0; i < bytes.length; i += 1) samples[i] = table[bytes[i] ?? 0] ?? 0;
  return samples;
}
function encodeG711(codec, samples) {
  const table = ENCODE[codec];
  const bytes = new Uint8Array(samples.length);
  for (let i = 0; i < samples.length; i += 1) bytes[i] = table[(samples[i] ?? 0) + 32768] ?? 0;
  return bytes;
}

// libs/platform/sip/media/rtp-session.ts
import { randomInt as randomInt2 } from "node:crypto";

// libs/platform/sip/media/dtmf.ts
var DTMF_DIGITS = "0123456789*#ABCD";
function parseDtmf(payload) {
  const [event, flags, high, low] = payload;
  if (event === void 0 || flags === void 0 || high === void 0 || low === void 0) return void 0;
  const digit = DTMF_DIGITS[event];
  if (digit === void 0) return void 0;
  return { digit, end: (flags & 128) !== 0, durationMs: (high << 8 | low) / 8 };
}
function printDtmf(digit, durationMs, end) {
  const units = Math.min(65535, Math.round(durationMs * 8));
  return Uint8Array.of(DTMF_DIGITS.indexOf(digit), (end ? 128 : 0) | 10, units >> 8, units & 255);
}
var DtmfReader = class {
  #timestamp;
  /** Feed each telephone-event packet; returns a key once, at its first packet. */
  read(timestamp, payload) {
    const parsed = parseDtmf(payload);
    if (!parsed || timestamp === this.#timestamp) return void 0;
    this.#timestamp = timestamp;
    return { digit: parsed.digit, durationMs: parsed.durationMs };
  }
};

// libs/platform/sip/media/rtp-port.ts
import { createSocket as createSocket2 } from "node:dgram";
import { once as once4 } from "node:events";
import { isIPv6 as isIPv63 } from "node:net";
import { randomInt } from "node:crypto";
var DEFAULT_RTP_PORTS = { min: 2e4, max: 32766 };
var ATTEMPTS = 100;
async function bindAt(host, port2) {
  const socket = createSocket2(isIPv63(host) ? "udp6" : "udp4");
  try {
    const listening = once4(socket, "listening");
    socket.bind({ address: host, port: port2, exclusive: true });
    await listening;
    return socket;
  } catch (err) {
    socket.close();
    if (err.code === "EADDRINUSE") return void 0;
    throw new Error(`cannot bind an RTP port on ${host}`, { cause: err });
  }
}
async function bindRtpPort(host, range = DEFAULT_RTP_PORTS) {
  const first = range.min + range.min % 2;
  const choices = Math.floor((range.max - first) / 2) + 1;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const socket = await bindAt(host, first + 2 * randomInt(Math.max(1, choices)));
    if (socket) return socket;
  }
  throw new Error(`no free RTP port on ${host} between ${range.min} and ${range.max}`);
}

// libs/platform/sip/media/rtp-packet.ts
var HEADER_BYTES2 = 12;
var MAX_BYTES = 1500;
function parseRtp(datagram) {
  if (datagram.length < HEADER_BYTES2 || datagram.length > MAX_BYTES) return void 0;
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length);
  const first = view.getUint8(0);
  const second = view.getUint8(1);
  if (first >> 6 !== 2) return void 0;
  if (second >= 200 && second <= 207) return void 0;
  let start = HEADER_BYTES2 + (first & 15) * 4;
  if ((first & 16) !== 0) {
    if (datagram.length < start + 4) return void 0;
    start += 4 + view.getUint16(start + 2) * 4;
  }
  const padding = (first & 32) !== 0 ? view.getUint8(datagram.length - 1) : 0;
  const end = datagram.length - padding;
  if (start > end) return void 0;
  return {
    marker: (second & 128) !== 0,
    payloadType: second & 127,
    sequence: view.getUint16(2),
    timestamp: view.getUint32(4),
    ssrc: view.getUint32(8),
    payload: datagram.subarray(start, end)
  };
}
function printRtp(packet) {
  const bytes = new Uint8Array(HEADER_BYTES2 + packet.payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 128);
  view.setUint8(1, (packet.marker ? 128 : 0) | packet.payloadType);
  view.setUint16(2, packet.sequence);
  view.setUint32(4, packet.timestamp);
  view.setUint32(8, packet.ssrc);
  bytes.set(packet.payload, HEADER_BYTES2);
  return bytes;
}
function sequenceAhead(sequence, last) {
  return (sequence - last + 32768 & 65535) - 32768;
}

// libs/platform/sip/media/rtp-session.ts
var RESTART_GAP = 50;
var DTMF_STEP_MS = 20;
var UdpRtpSession = class extends Emitter {
  #socket;
  #dtmf = new DtmfReader();
  #ssrc = randomInt2(1, 2 ** 32);
  #sequence = randomInt2(65536);
  #timestamp = randomInt2(2 ** 32);
  #marker = true;
  #media;
  /** Symmetric RTP: where packets really come from, once known. */
  #latched;
  #received = 0;
  #sent = 0;
  #lost = 0;
  #discarded = 0;
  #lastReceivedAt;
  #closed = false;
  constructor(socket, log2) {
    super(log2);
    this.#socket = socket;
    const address = socket.address();
    this.host = address.address;
    this.port = address.port;
    socket.on("message", (datagram, from) => this.#receive(datagram, from));
    socket.on("error", (err) => log2.debug({ err, port: this.port }, "rtp.socket_error"));
  }
  get stats() {
    return {
      received: this.#received,
      sent: this.#sent,
      lost: this.#lost,
      discarded: this.#discarded,
      lastReceivedAt: this.#lastReceivedAt
    };
  }
  start(media) {
    const before = this.#media?.remote;
    if (before?.host !== media.remote.host || before.port !== media.remote.port) this.#latched = void 0;
    this.#media = media;
  }
  send(samples) {
    const media = this.#media;
    if (media && media.direction !== "recvonly" && media.direction !== "inactive") {
      this.#transmit(media.payloadType, encodeG711(media.codec, samples), this.#timestamp, this.#marker);
      this.#marker = false;
    }
    this.#advance(samples.length);
  }
  skip(samples) {
    this.#advance(samples);
    this.#marker = true;
  }
  sendDtmf(digit, durationMs = 100) {
    const type = this.#media?.telephoneEventType;
    if (type === void 0) return false;
    const timestamp = this.#timestamp;
    const steps = Math.max(1, Math.ceil(durationMs / DTMF_STEP_MS));
    const step = (n) => {
      if (this.#closed) return;
      const end = n >= steps;
      this.#transmit(type, printDtmf(digit, Math.min(n, steps) * DTMF_STEP_MS, end), timestamp, n === 1);
      if (n < steps + 2) setTimeout(step, end ? 1 : DTMF_STEP_MS, n + 1);
    };
    step(1);
    return true;
  }
  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }
  #advance(samples) {
    this.#timestamp = this.#timestamp + samples >>> 0;
  }
  #transmit(payloadType, payload, timestamp, marker) {
    const remote = this.#latched ?? this.#media?.remote;
    if (!remote || this.#closed) return;
    this.#sequence = this.#sequence + 1 & 65535;
    const packet = printRtp({ marker, payloadType, sequence: this.#sequence, timestamp, ssrc: this.#ssrc, payload });
    this.#sent += 1;
    this.#socket.send(packet, remote.port, remote.host, () => void 0);
  }
  #receive(datagram, from) {
    const media = this.#media;
    const packet = parseRtp(datagram);
    if (!media || !packet || !this.#admit(packet, from, media)) {
      this.#discarded += 1;
      return;
    }
    const at = performance.now();
    const isEvent = packet.payloadType === media.telephoneEventType;
    if (!isEvent && packet.payloadType !== media.payloadType) {
      this.#discarded += 1;
      return;
    }
    const latched = this.#latched;
    const ahead = latched === void 0 ? 1 : sequenceAhead(packet.sequence, latched.sequence);
    const restarted = latched?.ssrc !== packet.ssrc || Math.abs(ahead) > RESTART_GAP;
    if (!restarted && ahead <= 0) {
      this.#discarded += 1;
      return;
    }
    const lost = restarted ? 0 : ahead - 1;
    this.#latched = { host: from.address, port: from.port, ssrc: packet.ssrc, sequence: packet.sequence };
    this.#received += 1;
    this.#lost += lost;
    this.#lastReceivedAt = at;
    if (isEvent) {
      const key = this.#dtmf.read(packet.timestamp, packet.payload);
      if (key) this.emit("dtmf", { digit: key.digit, at });
      return;
    }
    this.emit("audio", { samples: decodeG711(media.codec, packet.payload), lost, timestamp: packet.timestamp, at });
  }
  /** From the negotiated peer (any port: NAT may move it), or the stream already latched on, whose address moved. */
  #admit(packet, from, media) {
    return from.address === media.remote.host || this.#latched?.ssrc === packet.ssrc;
  }
};
async function openRtpSession(options) {
  return new UdpRtpSession(await bindRtpPort(options.host, options.ports), options.log ?? silentLog);
}

// apps/test-phone/call-book.ts
var MAX_CALLS = 500;
function forgetOldest(map) {
  const oldest = map.keys().next();
  if (map.size > MAX_CALLS && !oldest.done) map.delete(oldest.value);
}
function headerOf(message, ...names) {
  return message.headers.find((h) => names.includes(h.name.toLowerCase()))?.value ?? "";
}
var CallBook = class {
  #entries = /* @__PURE__ */ new Map();
  #ladders = /* @__PURE__ */ new Map();
  #count = 0;
  /** Notes a SIP message; messages come before the entry of their call. */
  note(direction, message) {
    const { lines, since } = this.#ladder(headerOf(message, "call-id", "i"));
    const method = headerOf(message, "cseq").split(" ").at(-1) ?? "";
    const what = message.kind === "request" ? message.method : `${message.status} ${message.reason} (${method})`;
    lines.push({ atMs: Math.round(performance.now() - since), direction, what });
  }
  open(call) {
    this.#count += 1;
    const { number: number2, doc } = call.behaviour;
    const ladder = this.#ladder(call.callId).lines;
    const base = { id: `phone-${this.#count}`, startedAt: (/* @__PURE__ */ new Date()).toISOString(), ladder, steps: [], dtmf: [] };
    const entry = { ...base, ...call, behaviour: { number: number2, doc } };
    this.#entries.set(entry.id, entry);
    forgetOldest(this.#entries);
    return entry;
  }
  /** Milliseconds since the first message of that call. */
  elapsed(entry) {
    return Math.round(performance.now() - this.#ladder(entry.callId).since);
  }
  /** Oldest first. */
  list() {
    return [...this.#entries.values()];
  }
  /** By our id or by Call-ID. */
  find(id) {
    return this.#entries.get(id) ?? this.list().find((entry) => entry.callId === id);
  }
  #ladder(callId) {
    const known = this.#ladders.get(callId);
    if (known) return known;
    const ladder = { since: performance.now(), lines: [] };
    this.#ladders.set(callId, ladder);
    forgetOldest(this.#ladders);
    return ladder;
  }
};

// apps/test-phone/agent-ear.ts
var LOUD_RMS = 260;
var ONSET_FRAMES = 3;
var QUIET_MS = 1200;
var FRAME_MS = 20;
function rmsOf(samples) {
  const power = samples.reduce((sum, s) => sum + s * s, 0);
  return Math.sqrt(power / Math.max(1, samples.length));
}
var AgentEar = class {
  #turns = [];
  #waiting = /* @__PURE__ */ new Map([
    ["start", /* @__PURE__ */ new Set()],
    ["end", /* @__PURE__ */ new Set()]
  ]);
  #loudRun = 0;
  #speakingSince;
  #lastLoudAt = 0;
  #loudestRms = 0;
  #frames = 0;
  get isSpeaking() {
    return this.#speakingSince !== void 0;
  }
  get summary() {
    const open = this.#speakingSince === void 0 ? [] : [{ startMs: this.#speakingSince, endMs: this.#lastLoudAt }];
    const turns = [...this.#turns, ...open];
    const speechMs = turns.reduce((sum, t) => sum + t.endMs - t.startMs, 0);
    return { turns, speechMs, loudestRms: Math.round(this.#loudestRms), frames: this.#frames };
  }
  /** Feeds one frame that arrived at `at`. */
  hear(samples, at) {
    const rms = rmsOf(samples);
    this.#frames += 1;
    this.#loudestRms = Math.max(this.#loudestRms, rms);
    this.#loudRun = rms >= LOUD_RMS ? this.#loudRun + 1 : 0;
    if (this.#loudRun === 0) return;
    if (this.isSpeaking || this.#loudRun >= ONSET_FRAMES) this.#lastLoudAt = at;
    if (this.isSpeaking || this.#loudRun < ONSET_FRAMES) return;
    this.#speakingSince = Math.max(0, at - ONSET_FRAMES * FRAME_MS);
    this.#tell("start");
  }
  /** Lets time pass; call it often, frames or not. */
  tick(at) {
    if (this.#speakingSince === void 0 || at - this.#lastLoudAt < QUIET_MS) return;
    this.#turns.push({ startMs: this.#speakingSince, endMs: this.#lastLoudAt });
    this.#speakingSince = void 0;
    this.#tell("end");
  }
  /** Calls back at the next start or end of speech; the returned function stops waiting. */
  once(edge, heard) {
    this.#waiting.get(edge)?.add(heard);
    return () => this.#waiting.get(edge)?.delete(heard);
  }
  #tell(edge) {
    const waiting = [...this.#waiting.get(edge) ?? []];
    this.#waiting.get(edge)?.clear();
    for (const heard of waiting) heard();
  }
};

// apps/test-phone/heard-recorder.ts
import { mkdirSync, writeFileSync } from "node:fs";
import { join as join2 } from "node:path";
var SAMPLES_PER_MS = 8;
var SLACK_MS = 60;
var MAX_SAMPLES = 8e3 * 600;
var HeardRecorder = class {
  #chunks = [];
  #length = 0;
  /** Adds a frame that arrived `atMs` after the answer. */
  add(samples, atMs) {
    const expected = Math.round(atMs) * SAMPLES_PER_MS;
    const gap = expected - this.#length;
    if (gap > SLACK_MS * SAMPLES_PER_MS) this.#push(new Int16Array(Math.min(gap, MAX_SAMPLES)));
    this.#push(samples);
  }
  /** Writes the WAV file and says where. */
  save(folder, name) {
    const all = new Int16Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    mkdirSync(folder, { recursive: true });
    const path = join2(folder, `${name}.wav`);
    writeFileSync(path, writeWav(all, 8e3));
    return path;
  }
  #push(samples) {
    if (this.#length + samples.length > MAX_SAMPLES) return;
    this.#chunks.push(samples);
    this.#length += samples.length;
  }
};

// apps/test-phone/paced-mouth.ts
var FRAME_MS2 = 20;
var FRAME_SAMPLES = 160;
var MAX_LATE_FRAMES = 10;
var PacedMouth = class {
  #sink;
  #onTick;
  #now;
  #origin = 0;
  #sent = 0;
  #timer;
  #sound;
  #isMuted = false;
  constructor(sink, onTick, now = () => performance.now()) {
    this.#sink = sink;
    this.#onTick = onTick;
    this.#now = now;
  }
  start() {
    if (this.#timer) return;
    this.#origin = this.#now();
    this.#tick();
  }
  /** Sends nothing any more, not even silence; time and listening go on. */
  mute() {
    this.#isMuted = true;
  }
  /** Plays 8 kHz samples; resolves when the last frame has left, or on `stop`. */
  play(samples) {
    this.#sound?.done();
    return new Promise((done) => this.#sound = { samples, at: 0, done });
  }
  stop() {
    clearTimeout(this.#timer);
    this.#timer = void 0;
    this.#sound?.done();
    this.#sound = void 0;
  }
  #tick() {
    const due = Math.floor((this.#now() - this.#origin) / FRAME_MS2) + 1;
    const late = due - this.#sent - MAX_LATE_FRAMES;
    if (late > 0) {
      this.#sink.skip(late * FRAME_SAMPLES);
      this.#sent += late;
    }
    for (; this.#sent < due; this.#sent += 1) {
      const frame = this.#nextFrame();
      if (this.#isMuted) this.#sink.skip(FRAME_SAMPLES);
      else this.#sink.send(frame);
    }
    this.#onTick();
    const next = this.#origin + this.#sent * FRAME_MS2 - this.#now();
    this.#timer = setTimeout(() => this.#tick(), Math.max(1, next));
  }
  #nextFrame() {
    const frame = new Int16Array(FRAME_SAMPLES);
    const sound = this.#sound;
    if (!sound) return frame;
    frame.set(sound.samples.subarray(sound.at, sound.at + FRAME_SAMPLES));
    sound.at += FRAME_SAMPLES;
    if (sound.at >= sound.samples.length) {
      this.#sound = void 0;
      sound.done();
    }
    return frame;
  }
};

// apps/test-phone/phone-call.ts
var PhoneCall = class {
  #ended = new AbortController();
  #tools;
  #ear = new AgentEar();
  #mouth;
  #recorder;
  #answeredAt;
  constructor(leg, rtp, entry, tools) {
    this.rtp = rtp;
    this.entry = entry;
    this.#tools = tools;
    this.#recorder = tools.recordDir === void 0 ? void 0 : new HeardRecorder();
    this.#mouth = new PacedMouth(rtp, () => this.#ear.tick(this.#sinceAnswer()));
    rtp.on("audio", ({ samples }) => {
      this.#ear.hear(samples, this.#sinceAnswer());
      this.#recorder?.add(samples, this.#sinceAnswer());
    });
    rtp.on("dtmf", ({ digit }) => entry.dtmf.push(digit));
    leg.on("renegotiated", ({ sdp }) => {
      const media = readMedia(sdp);
      if (media.ok) rtp.start(media.media);
    });
    if (leg.state === "ended") this.#finish();
    else leg.on("ended", () => this.#finish());
  }
  get over() {
    return this.#ended.signal;
  }
  async say(recording) {
    const samples = this.#tools.recordings.get(recording);
    if (!samples) throw new Error(`there is no recording ${recording}`);
    await this.#mouth.play(samples);
  }
  beep(ms) {
    return this.#mouth.play(beep(ms));
  }
  stopMedia() {
    this.#mouth.mute();
  }
  speechEnd(patienceMs) {
    return this.#heard("end", patienceMs);
  }
  speechStart(patienceMs) {
    return this.#ear.isSpeaking ? Promise.resolve() : this.#heard("start", patienceMs);
  }
  /** The call is up: sound flows from here on. */
  startMedia(media) {
    this.#answeredAt = performance.now();
    this.entry.answeredAtMs = this.#tools.elapsed(this.entry);
    this.rtp.start(media);
    this.#mouth.start();
  }
  /** Keeps the entry up to date while the call runs. */
  refresh() {
    this.entry.heard = this.#ear.summary;
  }
  #sinceAnswer() {
    return this.#answeredAt === void 0 ? 0 : Math.round(performance.now() - this.#answeredAt);
  }
  #heard(edge, patienceMs) {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        forget();
        this.over.removeEventListener("abort", finish);
        resolve();
      };
      const timer = setTimeout(finish, patienceMs);
      const forget = this.#ear.once(edge, finish);
      this.over.addEventListener("abort", finish);
    });
  }
  #finish() {
    this.#mouth.stop();
    this.rtp.close();
    this.refresh();
    const dir = this.#tools.recordDir;
    if (dir !== void 0 && this.#recorder && this.#answeredAt !== void 0)
      this.entry.recording = this.#recorder.save(dir, this.entry.id);
    this.#ended.abort();
  }
};
var AnsweringCall = class extends PhoneCall {
  #leg;
  constructor(leg, rtp, entry, tools) {
    super(leg, rtp, entry, tools);
    this.#leg = leg;
  }
  ring() {
    this.#leg.ring();
  }
  answer() {
    const answer3 = answerOffer(this.#leg.sdp, { host: this.rtp.host, port: this.rtp.port });
    if (!answer3.ok) this.#leg.reject(488);
    else if (this.#leg.answer(answer3.sdp)) this.startMedia(answer3.media);
  }
  refuse(status, reason) {
    this.#leg.reject(status, reason);
  }
  async hangUp() {
    await this.#leg.bye();
  }
};
var DialledCall = class extends PhoneCall {
  #leg;
  constructor(leg, rtp, entry, tools) {
    super(leg, rtp, entry, tools);
    this.#leg = leg;
  }
  /** The other side answered with this description; false (and the call ended) when it cannot be used. */
  connected(sdp) {
    const media = readMedia(sdp);
    if (media.ok) this.startMedia(media.media);
    else void this.#leg.bye();
    return media.ok;
  }
  ring() {
  }
  answer() {
  }
  refuse() {
  }
  async hangUp() {
    await this.#leg.bye();
  }
};

// apps/test-phone/play-behaviour.ts
import { setTimeout as pause } from "node:timers/promises";
async function perform(step, handset) {
  switch (step.do) {
    case "ring":
      return handset.ring();
    case "answer":
      return handset.answer();
    case "refuse":
      return handset.refuse(step.status, step.reason);
    case "wait":
      return pause(step.ms, void 0, { signal: handset.over });
    case "say":
      return handset.say(step.recording);
    case "beep":
      return handset.beep(step.ms);
    case "listen":
      return handset.speechEnd(step.patienceMs);
    case "await-speech":
      return handset.speechStart(step.patienceMs);
    case "stop-media":
      return handset.stopMedia();
    case "hang-up":
      return handset.hangUp();
    case "stay":
      return new Promise((resolve) => handset.over.addEventListener("abort", () => resolve(), { once: true }));
  }
}
async function playBehaviour(steps, handset, onStep) {
  for (const step of steps) {
    if (handset.over.aborted) return;
    onStep(step);
    try {
      await perform(step, handset);
    } catch (err) {
      if (!handset.over.aborted) throw err;
    }
  }
}

// apps/test-phone/test-phone.ts
function hostPortOf(target) {
  const afterScheme = target.startsWith("sip:") ? target.slice("sip:".length) : target;
  return afterScheme.slice(afterScheme.lastIndexOf("@") + 1);
}
var TestPhone = class {
  #options;
  #agent;
  #book = new CallBook();
  #tools;
  #live = /* @__PURE__ */ new Map();
  constructor(options) {
    this.#options = options;
    this.#tools = {
      recordings: options.recordings,
      recordDir: options.recordDir,
      elapsed: (entry) => this.#book.elapsed(entry)
    };
    this.#agent = createUserAgent({
      bind: { host: options.host, port: options.sipPort, transports: ["udp", "tcp"] },
      userAgentName: "callplane-test-phone",
      log: options.log,
      // A load test may well call faster than the default allows.
      admission: { invitesPerSecond: 1e3, burst: 1e3 },
      tap: (direction, message) => this.#book.note(direction, message)
    });
    this.#agent.on("invite", (call) => this.#receive(call));
  }
  /** SIP address, after `listen()`. */
  get address() {
    return this.#agent.address;
  }
  async listen() {
    await this.#agent.listen();
  }
  /** What each call did, oldest first; live ones are up to date. */
  calls() {
    for (const call of this.#live.values()) call.refresh();
    return this.#book.list();
  }
  /** One call, by our id or its Call-ID. */
  call(id) {
    const entry = this.#book.find(id);
    if (entry) this.#live.get(entry)?.refresh();
    return entry;
  }
  /** Places a call. Throws when the target makes no SIP URI. */
  async dial(request) {
    const { host } = this.#options;
    const behaviour = behaviourFor(request.behaviour ?? DEFAULT_NUMBER);
    const rtp = await openRtpSession({ host, log: this.#options.log });
    try {
      const leg = this.#agent.invite({
        target: `sip:${request.to}@${hostPortOf(request.target)}`,
        from: `sip:${request.from}@${host}:${this.address.port}`,
        sdp: createOffer({ host: rtp.host, port: rtp.port })
      });
      const entry = this.#book.open({
        callId: leg.callId,
        direction: "outbound",
        dialled: request.to,
        from: request.from,
        behaviour
      });
      leg.on("ended", (end) => entry.end = end);
      const call = new DialledCall(leg, rtp, entry, this.#tools);
      const timer = request.cancelAfterMs === void 0 ? void 0 : setTimeout(() => void leg.cancel(), request.cancelAfterMs);
      leg.on("ended", () => clearTimeout(timer));
      leg.on("answered", ({ sdp }) => {
        clearTimeout(timer);
        if (call.connected(sdp)) this.#play(stepsAfterAnswer(behaviour), call, entry);
      });
      this.#keep(entry, call);
      return entry;
    } catch (err) {
      rtp.close();
      throw err;
    }
  }
  /** Hangs up everything and closes the socket. */
  async close() {
    await this.#agent.close();
  }
  #receive(leg) {
    const behaviour = behaviourFor(leg.dialled);
    const entry = this.#book.open({
      callId: leg.callId,
      direction: "inbound",
      dialled: leg.dialled,
      from: leg.from.user,
      behaviour
    });
    leg.on("ended", (end) => entry.end = end);
    openRtpSession({ host: this.#options.host, log: this.#options.log }).then((rtp) => {
      const call = new AnsweringCall(leg, rtp, entry, this.#tools);
      this.#keep(entry, call);
      this.#play(behaviour.steps, call, entry);
    }).catch((err) => {
      this.#complain(entry, err);
      leg.reject(500);
    });
  }
  #play(steps, call, entry) {
    const onStep = (step) => void entry.steps.push({ atMs: this.#book.elapsed(entry), step });
    playBehaviour(steps, call, onStep).catch((err) => {
      this.#complain(entry, err);
      void call.hangUp();
    });
  }
  #keep(entry, call) {
    if (call.over.aborted) return;
    this.#live.set(entry, call);
    call.over.addEventListener("abort", () => this.#live.delete(entry), { once: true });
  }
  #complain(entry, err) {
    entry.problem = err instanceof Error ? err.message : String(err);
    this.#options.log.error({ err, phone_call: entry.id }, "phone.call_failed");
  }
};

// apps/test-phone/main.ts
var config = readConfig(testPhoneConfig, process.env);
var log = createLogger("test-phone", "test-phone", config.LOG_LEVEL);
var phone = new TestPhone({
  host: config.SIP_HOST,
  sipPort: config.sipPort,
  recordings: readRecordings(fileURLToPath(new URL("./recordings/", import.meta.url))),
  recordDir: config.TEST_PHONE_RECORD_DIR,
  log
});
await phone.listen();
var server = await serveHttp(phone, config.HOST, config.httpPort);
log.info({ sip: phone.address, http: server.address() }, "phone.listening");
async function stop() {
  server.close();
  server.closeAllConnections();
  await phone.close();
}
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    stop().then(
      () => process.exit(0),
      () => process.exit(1)
    );
  });
}

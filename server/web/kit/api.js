// Owns: asking the server. Every answer comes back as a value: words for the reader when it said no, never an exception.
// An expired login asks for the password in a dialog and then goes on with the same request, so that nothing typed is lost.
// Never: a retry of what is not safe to repeat. Next: act.js, which puts the words beside the button.
import { t } from "./texts.js";

/**
 * @template T
 * @typedef {{ok: true, value: T}|{ok: false, status: number, words: string, code?: string, field?: string, fields?: Record<string, string>}} Answer
 */

/** @type {() => Promise<boolean>} */
let signInAgain = async () => false;
/** When the last dialog ended in a login, by the monotonic clock. */
let signedIn_ms = Number.NEGATIVE_INFINITY;
/** @type {Promise<boolean>|null} */
let renewing = null;

/**
 * Says how to sign in again; the app gives the dialog.
 * @param {() => Promise<boolean>} ask resolves to whether the login succeeded
 */
export function onExpired(ask) {
  signInAgain = ask;
}

/**
 * @template T
 * @param {"GET"|"POST"|"DELETE"} method
 * @param {string} path under `/api/v1/`
 * @param {object} [body] a `Blob` is sent as the file that it is, anything else as JSON
 * @param {{quiet?: boolean}} [how] quiet: an expired login is an answer (401), not a dialog
 * @returns {Promise<Answer<T>>}
 */
export async function ask(method, path, body, how = {}) {
  const asked_ms = performance.now();
  const answer = await once(method, path, body);
  if (answer.ok || answer.status !== 401 || how.quiet) return answer;
  // Several requests may expire together: one that was asked before the last login only has to be asked again.
  if (asked_ms > signedIn_ms && !(await renewed())) return answer;
  return once(method, path, body);
}

/** One dialog for all that wait for a login. */
function renewed() {
  renewing ??= signInAgain()
    .then((done) => {
      if (done) signedIn_ms = performance.now();
      return done;
    })
    .finally(() => {
      renewing = null;
    });
  return renewing;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @returns {Promise<Answer<any>>}
 */
async function once(method, path, body) {
  /** @type {Record<string, string>} */
  const headers = { accept: "application/json" };
  const file = body instanceof Blob;
  if (body !== undefined) headers["content-type"] = file ? "text/csv" : "application/json";
  try {
    const answer = await fetch(`/api/v1/${path}`, {
      method,
      headers,
      body: body === undefined ? null : file ? body : JSON.stringify(body),
      cache: "no-store",
      signal: AbortSignal.timeout(file ? 60_000 : 10_000),
    });
    const text = await answer.text();
    const value = parsed(text);
    if (answer.ok) return { ok: true, value };
    const field = typeof value?.field === "string" ? value.field : undefined;
    const words = (value?.code === "limit" && field !== undefined && fieldWords(field)) || problemWords(answer.status, value);
    return { ok: false, status: answer.status, words, code: value?.code, field, fields: value?.fields };
  } catch {
    return { ok: false, status: 0, words: t("web-away") };
  }
}

/** @param {string} text */
function parsed(text) {
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * What is wrong with a field, where the page can say it better than the name of the field does.
 * @param {string} field
 */
function fieldWords(field) {
  const key = `web-bad-${field}`;
  const words = t(key);
  return words === key ? "" : words;
}

/**
 * The words of a problem: the server's own when it gave some. Its `detail` is a parser's, for a developer.
 * @param {number} status
 * @param {{title?: string}|null} problem
 */
function problemWords(status, problem) {
  if (problem?.title) return problem.title;
  if (status === 401) return t("web-expired");
  if (status === 403 || status === 404) return t("web-not-yours");
  if (status === 429) return t("web-too-fast");
  return t("web-failed");
}

/**
 * The path of a room, its parts made safe.
 * @param {string} room
 * @param {...(string|number)} parts
 */
export function roomPath(room, ...parts) {
  return ["rooms", room, ...parts].map((part) => encodeURIComponent(part)).join("/");
}

/**
 * Gives a consigne. The id was minted at the tap and is the same in every retry, so one lost answer costs nothing: it is asked
 * again twice by itself.
 * @param {string} room
 * @param {string} command
 * @param {{seats: number[]}|{all: true}} to
 * @param {import("./types.js").Action} action
 * @param {number} holds_ms
 * @returns {Promise<Answer<unknown>>}
 */
export async function command(room, command, to, action, holds_ms) {
  const body = { command, ...to, action, holds_ms };
  let answer = await ask("POST", roomPath(room, "commands"), body);
  for (const pause_ms of [500, 1500]) {
    if (answer.ok || answer.status !== 0) break;
    await new Promise((resolve) => setTimeout(resolve, pause_ms));
    answer = await ask("POST", roomPath(room, "commands"), body);
  }
  return answer;
}

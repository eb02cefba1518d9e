// Owns: limiting seats to some sites for a while, and opening a page there. There is always a timer.
// Hooks: textarea[name=sites], data-choice="limit-10" (minutes), data-do="limit"; input[name=url], data-do="open-page"; data-do="cancel".
// Never: deciding what is a site; the server says so in words. Next: live/seat-acts.js.
import { act, answerPlace, button, sayAnswer } from "./act.js";
import { command } from "./api.js";
import { choices } from "./choices.js";
import { minuteWords } from "./clock.js";
import { Taps } from "./composer.js";
import { make } from "./dom.js";
import { dropDraft, keepDraft } from "./drafts.js";
import { lang, t } from "./texts.js";

/** How long a page, or a window to close, may wait for its workstation. */
const WAITS_MS = 300_000;

let number = 0;

/**
 * What adults write as sites, one a line or between commas.
 * @param {string} text
 */
export function sitesOf(text) {
  return text
    .split(/[\s,;]+/)
    .map((site) => site.trim())
    .filter((site) => site !== "");
}

/**
 * @typedef {object} To
 * @property {string} room
 * @property {{seats: number[]}|{all: true}} to
 * @property {string} draft
 * @property {(id: string) => void} sent
 * @property {() => void} [cancel]
 */

/**
 * @param {To & {sites?: string[]}} to
 */
export function limitForm({ room, to, draft, sites = [], sent, cancel }) {
  number += 1;
  const taps = new Taps();
  const place = answerPlace();
  const text = make("textarea", { id: `limit-${number}`, name: "sites", rows: 3, spellcheck: "false", autocapitalize: "off", dir: "ltr" });
  keepDraft(text, draft, sites.join("\n"));
  const holds = choices(
    `limit-${number}`,
    "limit",
    t("web-limit-for"),
    [5, 10, 20, 45].map((m) => [m, minuteWords(m, lang())]),
    10,
  );
  const go = button(t("web-limit"), { class: "go", do: "limit", type: "submit" });
  const form = make(
    "form",
    { class: "limit-form", novalidate: true },
    make("label", { for: text.id }, t("web-limit-sites")),
    text,
    make("p", { class: "more" }, t("web-limit-more")),
    holds.node,
    make("div", { class: "buttons" }, go, stopButton(cancel)),
    place,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wanted = sitesOf(text.value);
    if (wanted.length === 0) {
      sayAnswer(place, t("web-limit-needed"));
      text.focus();
      return;
    }
    const holds_ms = holds.value() * 60_000;
    const id = taps.id(`${holds_ms} ${wanted.join(" ")}`);
    const answer = await act(go, place, () => command(room, id, to, { do: "focus", sites: wanted }, holds_ms));
    if (!answer?.ok) return;
    taps.done();
    dropDraft(draft);
    sent(id);
  });
  return escapes(form, cancel);
}

/** @param {To} to */
export function pageForm({ room, to, draft, sent, cancel }) {
  number += 1;
  const taps = new Taps();
  const place = answerPlace();
  const url = make("input", {
    id: `page-${number}`,
    name: "url",
    type: "url",
    inputmode: "url",
    autocomplete: "off",
    maxlength: 2000,
    placeholder: "https://",
    dir: "ltr",
  });
  keepDraft(url, draft);
  const go = button(t("web-page-open"), { class: "go", do: "open-page", type: "submit" });
  const form = make(
    "form",
    { class: "page-form", novalidate: true },
    make("label", { for: url.id }, t("web-page-address")),
    url,
    make("div", { class: "buttons" }, go, stopButton(cancel)),
    place,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = url.value.trim();
    if (words === "") {
      sayAnswer(place, t("web-page-needed"));
      url.focus();
      return;
    }
    const id = taps.id(words);
    const answer = await act(go, place, () => command(room, id, to, { do: "open", url: words }, WAITS_MS));
    if (!answer?.ok) return;
    taps.done();
    dropDraft(draft);
    sent(id);
  });
  return escapes(form, cancel);
}

/**
 * Asks the window in front to close: politely, so that unsaved work is asked for.
 * @param {string} room
 * @param {{seats: number[]}|{all: true}} to
 * @param {string} id
 */
export function closeFront(room, to, id) {
  return command(room, id, to, { do: "close" }, 60_000);
}

/** @param {(() => void)|undefined} cancel */
function stopButton(cancel) {
  if (!cancel) return null;
  const stop = button(t("web-cancel"), { class: "quiet", do: "cancel" });
  stop.addEventListener("click", cancel);
  return stop;
}

/**
 * @param {HTMLFormElement} form
 * @param {(() => void)|undefined} cancel
 */
function escapes(form, cancel) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !cancel) return;
    event.stopPropagation();
    cancel();
  });
  return form;
}

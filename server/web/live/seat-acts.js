// Owns: what can be asked of one, some or all seats: message, lock, limit to sites, open a page, close a window; each in a dialog.
// Hooks: data-do="message-some", "lock-some", "limit", "page", "close-app" then "close-app-yes". Next: kit/sites-form.js.
import { act, answerPlace, button } from "../kit/act.js";
import { composer, Taps } from "../kit/composer.js";
import { dialog } from "../kit/dialog.js";
import { make } from "../kit/dom.js";
import { lockForm } from "../kit/lock-form.js";
import { closeFront, limitForm, pageForm } from "../kit/sites-form.js";
import { t } from "../kit/texts.js";

/**
 * @typedef {object} Target
 * @property {string} room
 * @property {{seats: number[]}|{all: true}} to
 * @property {string} name whom it reaches, in words
 * @property {string} draft
 * @property {string[]} sites those of the session
 * @property {() => void} sent
 */

/** @param {Target} target */
export function messageDialog({ room, to, name, draft, sent }) {
  const shown = dialog(
    `${t("web-message-to")} ${name}`,
    "message-some",
    composer({
      room,
      to,
      draft: `${draft}/message`,
      phrases: ["web-phrase-task", "web-phrase-quiet", "web-phrase-five"],
      label: t("web-message-words"),
      sent: () => {
        shown.close();
        sent();
      },
      cancel: () => shown.close(),
    }),
  );
  shown.querySelector("textarea")?.focus();
}

/** @param {Target} target */
export function lockDialog({ room, to, name, draft, sent }) {
  const done = () => {
    shown.close();
    sent();
  };
  const form = lockForm({ room, to, draft: `${draft}/lock`, go: t("web-lock"), sent: done, cancel: () => shown.close() });
  const shown = dialog(`${t("web-lock")} · ${name}`, "lock-some", form);
}

/** @param {Target} target */
export function limitDialog({ room, to, name, draft, sites, sent }) {
  const done = () => {
    shown.close();
    sent();
  };
  const form = limitForm({ room, to, draft: `${draft}/limit`, sites, sent: done, cancel: () => shown.close() });
  const shown = dialog(`${t("web-limit")} · ${name}`, "limit", form);
  shown.querySelector("textarea")?.focus();
}

/** @param {Target} target */
export function pageDialog({ room, to, name, draft, sent }) {
  const done = () => {
    shown.close();
    sent();
  };
  const form = pageForm({ room, to, draft: `${draft}/page`, sent: done, cancel: () => shown.close() });
  const shown = dialog(`${t("web-page-open")} · ${name}`, "page", form);
  shown.querySelector("input")?.focus();
}

/** @param {Target} target */
export function closeDialog({ room, to, name, sent }) {
  const place = answerPlace();
  const taps = new Taps();
  const yes = button(t("web-close-app"), { class: "go", do: "close-app-yes" });
  const no = button(t("web-cancel"), { class: "quiet", do: "cancel" });
  const body = make("p", {}, t("web-close-app-more"));
  const shown = dialog(`${t("web-close-app")} · ${name}`, "close-app", body, make("div", { class: "buttons" }, yes, no), place);
  no.addEventListener("click", () => shown.close());
  yes.addEventListener("click", async () => {
    const answer = await act(yes, place, () => closeFront(room, to, taps.id("close")));
    if (!answer?.ok) return;
    shown.close();
    sent();
  });
  yes.focus();
}

/** @type {[words: string, hook: string, command: string, open: (target: Target) => void][]} */
export const ACTS = [
  ["web-message", "message-some", "message", messageDialog],
  ["web-lock", "lock-some", "lock", lockDialog],
  ["web-limit", "limit", "focus", limitDialog],
  ["web-page-open", "page", "open", pageDialog],
  ["web-close-app", "close-app", "close", closeDialog],
];

/**
 * Buttons for what can be asked of these seats; what no seat among them can carry out is said, and is no button.
 * @param {() => Target} target
 * @param {{only?: string[], cannot?: string[]}} [how]
 */
export function actButtons(target, { only, cannot = [] } = {}) {
  return ACTS.filter(([, hook]) => only === undefined || only.includes(hook)).map(([words, hook, command, open]) => {
    const made = button(t(words), { do: hook });
    if (cannot.includes(command)) {
      made.disabled = true;
      made.title = t("web-cannot");
      made.append(make("small", {}, ` (${t("web-cannot")})`));
    }
    made.addEventListener("click", () => open(target()));
    return made;
  });
}

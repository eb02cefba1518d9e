// Owns: locking screens for a while, with the words that the pupil reads meanwhile. There is always a timer.
// Hooks: data-choice="hold-2" (minutes), input[name=text], data-do="lock", data-do="cancel".
import { act, answerPlace, button } from "./act.js";
import { command } from "./api.js";
import { choices } from "./choices.js";
import { minuteWords } from "./clock.js";
import { Taps } from "./composer.js";
import { make } from "./dom.js";
import { keepDraft } from "./drafts.js";
import { lang, t } from "./texts.js";

let number = 0;

/**
 * @param {object} to
 * @param {string} to.room
 * @param {{seats: number[]}|{all: true}} to.to
 * @param {string} to.draft
 * @param {string} to.go the words of the button
 * @param {(id: string, until_ms: number) => void} to.sent once it is asked: the consigne, and how long it holds
 * @param {() => void} [to.cancel]
 */
export function lockForm({ room, to, draft, go, sent, cancel }) {
  number += 1;
  const taps = new Taps();
  const place = answerPlace();
  const text = make("input", { id: `lock-words-${number}`, name: "text", maxlength: 200, autocomplete: "off", dir: "auto" });
  keepDraft(text, draft, t("web-lock-default"));
  const hold = choices(
    `hold-${number}`,
    "hold",
    t("web-lock-for"),
    [1, 2, 5, 10].map((m) => [m, minuteWords(m, lang())]),
    2,
  );
  const lock = button(go, { class: "go", do: "lock", type: "submit" });
  const stop = cancel && button(t("web-cancel"), { class: "quiet", do: "cancel" });
  stop?.addEventListener("click", () => cancel?.());
  const form = make(
    "form",
    { class: "lock-form", novalidate: true },
    hold.node,
    make("label", { for: text.id }, t("web-lock-words")),
    text,
    make("div", { class: "buttons" }, lock, stop),
    place,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = text.value.trim() || t("web-lock-default");
    const holds_ms = hold.value() * 60_000;
    const id = taps.id(`${holds_ms} ${words}`);
    const answer = await act(lock, place, () => command(room, id, to, { do: "lock", text: words }, holds_ms));
    if (!answer?.ok) return;
    taps.done();
    sent(id, holds_ms);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !cancel) return;
    event.stopPropagation();
    cancel();
  });
  return form;
}

// Owns: writing to seats: ready phrases that one tap sends, or words of one's own. A retry of the same words is the same consigne.
// Hooks: data-do="phrase" (data-phrase="web-phrase-task"…), textarea[name=text], data-do="send", data-do="cancel".
import { act, answerPlace, button, sayAnswer } from "./act.js";
import { command } from "./api.js";
import { make } from "./dom.js";
import { dropDraft, keepDraft } from "./drafts.js";
import { mintCommandId } from "./id.js";
import { editPhrases, phrasesOf } from "./phrases.js";
import { t } from "./texts.js";

/** Ready phrases offered at once. */
const PHRASES_MAX = 8;
/** How long a message may wait for its workstation before it expires. */
export const MESSAGE_HOLDS_MS = 600_000;

/** The ids of what was asked and not yet answered, by words: kept so that a retry is no second message. */
export class Taps {
  /** @type {{words: string, id: string}|null} */
  #last = null;

  /** @param {string} words */
  id(words) {
    if (this.#last?.words !== words) this.#last = { words, id: mintCommandId() };
    return this.#last.id;
  }

  /** The last one was answered: the same words are a new consigne. */
  done() {
    this.#last = null;
  }
}

let number = 0;

/**
 * @param {object} to
 * @param {string} to.room
 * @param {{seats: number[]}|{all: true}} to.to
 * @param {string} to.draft where the unsent words are kept
 * @param {string[]} to.phrases keys of ready phrases
 * @param {string} to.label what the field is for
 * @param {(id: string) => Promise<import("./api.js").Answer<unknown>>|void} to.sent once it is sent
 * @param {() => void} [to.cancel]
 */
export function composer({ room, to, draft, phrases, label, sent, cancel }) {
  number += 1;
  const taps = new Taps();
  const place = answerPlace();
  const text = make("textarea", { id: `words-${number}`, name: "text", rows: 2, maxlength: 500, dir: "auto" });
  keepDraft(text, draft);

  /**
   * @param {HTMLButtonElement} by
   * @param {string} words
   */
  const send = async (by, words) => {
    const id = taps.id(words);
    const answer = await act(by, place, async () => {
      const answer = await command(room, id, to, { do: "message", text: words }, MESSAGE_HOLDS_MS);
      return answer.ok ? ((await sent(id)) ?? answer) : answer;
    });
    if (!answer?.ok) return;
    taps.done();
    if (words === text.value.trim()) {
      text.value = "";
      dropDraft(draft);
    }
  };

  // The phrases of the moment first, then the school's own that are not among them.
  const words = new Map(phrases.map((key) => [t(key), key]));
  for (const own of phrasesOf(room)) if (words.size < PHRASES_MAX && !words.has(own)) words.set(own, "");
  const chips = [...words].map(([words, key]) => {
    const chip = button(words, { class: "chip", do: "phrase" });
    if (key !== "") chip.dataset.phrase = key;
    chip.addEventListener("click", () => void send(chip, words));
    return chip;
  });
  const edit = button(t("web-phrases-change"), { class: "quiet", do: "phrases-edit" });
  edit.addEventListener("click", () => editPhrases(room));
  const go = button(t("web-send"), { class: "go", do: "send", type: "submit" });
  const stop = cancel && button(t("web-cancel"), { class: "quiet", do: "cancel" });
  stop?.addEventListener("click", () => cancel?.());
  const form = make(
    "form",
    { class: "composer", novalidate: true },
    make("div", { class: "chips", role: "group", "aria-label": t("web-phrases") }, ...chips),
    make("label", { for: text.id }, label),
    text,
    make("div", { class: "buttons" }, go, stop, edit),
    place,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = text.value.trim();
    if (words === "") {
      sayAnswer(place, t("web-words-needed"));
      text.focus();
    } else void send(go, words);
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !cancel) return;
    event.stopPropagation();
    cancel();
  });
  return form;
}

// Owns: a school's own ready answers, by room, fetched once; and changing them. Without them the page's own phrases are used.
// Hooks: data-do="phrases-edit", textarea[name=phrases], data-do="phrases-save". Next: composer.js.
import { act, answerPlace, button } from "./act.js";
import { ask, roomPath } from "./api.js";
import { dialog } from "./dialog.js";
import { make } from "./dom.js";
import { t } from "./texts.js";

/** @type {Map<string, string[]>} */
const known = new Map();

/** @param {string} room */
export async function loadPhrases(room) {
  const answer = await ask("GET", roomPath(room, "phrases"), undefined, { quiet: true });
  if (answer.ok) known.set(room, /** @type {{texts: string[]}} */ (answer.value).texts);
}

/** @param {string} room */
export function phrasesOf(room) {
  return known.get(room) ?? [];
}

/** @param {string} room */
export function editPhrases(room) {
  const text = make("textarea", { id: "phrases", name: "phrases", rows: 8, dir: "auto" });
  text.value = phrasesOf(room).join("\n");
  const place = answerPlace();
  const save = button(t("web-phrases-save"), { class: "go", do: "phrases-save", type: "submit" });
  const form = make(
    "form",
    { class: "phrases-form", novalidate: true },
    make("label", { for: "phrases" }, t("web-phrases-edit")),
    make("p", { class: "more", id: "phrases-more" }, t("web-phrases-more")),
    text,
    make("div", { class: "buttons" }, save),
    place,
  );
  text.setAttribute("aria-describedby", "phrases-more");
  const shown = dialog(t("web-phrases"), "phrases", form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const texts = text.value.split("\n").map((line) => line.trim());
    const answer = await act(save, place, () => ask("POST", roomPath(room, "phrases"), { texts: texts.filter(Boolean) }));
    if (!answer?.ok) return;
    await loadPhrases(room);
    shown.close();
  });
  text.focus();
}

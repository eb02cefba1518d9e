// Owns: what happens between a tap and its answer: no second tap meanwhile, and the answer in words beside the button.
// Never: what is asked. Next: api.js.
import { make, setText } from "./dom.js";

/** @template T @typedef {import("./api.js").Answer<T>} Answer */

/** A place for the answer, beside its buttons. */
export function answerPlace() {
  return make("p", { class: "answer", role: "status" });
}

/**
 * @param {HTMLElement} place
 * @param {string} words
 * @param {"no"|"yes"} [kind]
 */
export function sayAnswer(place, words, kind = "no") {
  place.dataset.kind = kind;
  setText(place, words);
}

/**
 * Runs what a button asks for. While it runs, further taps on it go nowhere.
 * @template T
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} place
 * @param {() => Promise<Answer<T>>} run
 * @returns {Promise<Answer<T>|null>} null when the tap was one too many
 */
export async function act(button, place, run) {
  if (button.getAttribute("aria-disabled") === "true") return null;
  button.setAttribute("aria-disabled", "true");
  button.setAttribute("aria-busy", "true");
  sayAnswer(place, "", "yes");
  try {
    const answer = await run();
    if (!answer.ok) sayAnswer(place, answer.words, "no");
    return answer;
  } finally {
    button.removeAttribute("aria-disabled");
    button.removeAttribute("aria-busy");
  }
}

/**
 * A button. `go` is the one that leads on; `quiet` recedes.
 * @param {string} words
 * @param {{do?: string, class?: string, name?: string, type?: "button"|"submit"}} [how] name: the accessible name, which begins with the words
 * @param {Node} [shape]
 */
export function button(words, how = {}, shape) {
  return make(
    "button",
    { type: how.type ?? "button", class: how.class, "data-do": how.do, "aria-label": how.name ? `${words} – ${how.name}` : null },
    shape,
    words,
  );
}

// Owns: counts in words, each with its shape.
import { make } from "./dom.js";
import { icon } from "./icons.js";

/**
 * Replaces the pills of a list, unless they already say the same.
 * @param {HTMLElement} list
 * @param {import("./types.js").Pill[]} pills
 */
export function showPills(list, pills) {
  const said = JSON.stringify(pills);
  if (list.dataset.said === said) return;
  list.dataset.said = said;
  list.replaceChildren(
    ...pills.map((pill) =>
      make("li", { class: `pill ${pill.shape}`, "data-pill": pill.shape }, icon(pill.shape), make("span", {}, pill.words)),
    ),
  );
}

// Owns: a modal question: it has a title, closes with Escape and its own button, and gives the focus back.
import { make } from "./dom.js";
import { icon } from "./icons.js";
import { t } from "./texts.js";

let number = 0;

/**
 * Opens a dialog, which leaves the document when it closes.
 * @param {string} title
 * @param {string} name for `data-dialog`
 * @param {...(Node|string)} children
 */
export function dialog(title, name, ...children) {
  number += 1;
  const heading = make("h2", { id: `dialog-${number}` }, title);
  const close = make("button", { type: "button", class: "quiet icon", "data-do": "close", "aria-label": t("web-close") }, icon("close"));
  const shown = make("dialog", { "aria-labelledby": heading.id, "data-dialog": name }, make("header", {}, heading, close), ...children);
  const before = document.activeElement;
  close.addEventListener("click", () => shown.close());
  shown.addEventListener("click", (event) => {
    // A tap on the veil: the dialog itself is the target only outside its padding box.
    if (event.target === shown && !within(shown, event)) shown.close();
  });
  shown.addEventListener("close", () => {
    shown.remove();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  });
  document.body.append(shown);
  shown.showModal();
  return shown;
}

/**
 * @param {HTMLElement} box
 * @param {MouseEvent} event
 */
function within(box, event) {
  const { left, right, top, bottom } = box.getBoundingClientRect();
  return event.clientX >= left && event.clientX <= right && event.clientY >= top && event.clientY <= bottom;
}

// Owns: a labelled field with its hint and, beside it, what is wrong with it in words; and a form that sends its fields.
// Never: clearing what was typed. Hooks: [data-field=NAME] around each, .fault inside. Next: act.js.
import { act } from "./act.js";
import { make, setText } from "./dom.js";

let number = 0;

/**
 * @typedef {object} Field
 * @property {string} name as in the request
 * @property {HTMLElement} node
 * @property {HTMLInputElement|HTMLSelectElement} input
 * @property {(words: string) => void} say what is wrong; empty: nothing
 */

/**
 * @param {string} name
 * @param {string} label
 * @param {{hint?: string|undefined, type?: string, value?: string|number, class?: string, options?: [string, string][], [attribute: string]: any}} [how]
 *   options make a list to choose from; further keys are attributes of the input
 * @returns {Field}
 */
export function field(name, label, how = {}) {
  number += 1;
  const { hint, type = "text", value = "", class: kind, options, ...more } = how;
  const id = `field-${number}`;
  const fault = make("p", { class: "fault", id: `${id}-fault` });
  const shown = { id, name, "aria-describedby": hint ? `${id}-hint ${id}-fault` : `${id}-fault`, ...more };
  const input = options
    ? make("select", shown, ...options.map(([key, words]) => make("option", { value: key, selected: key === value }, words)))
    : make("input", { type, autocomplete: "off", ...shown });
  if (!options) input.value = String(value);
  const say = faultSayer(input, fault);
  input.addEventListener("input", () => say(""));
  const node = make(
    "div",
    { class: kind ? `field ${kind}` : "field", "data-field": name },
    make("label", { for: id }, label),
    hint ? make("p", { class: "hint", id: `${id}-hint` }, hint) : null,
    input,
    fault,
  );
  return { name, node, input, say };
}

/**
 * Says what is wrong beside a part that is no single input.
 * @param {HTMLElement} part
 * @param {HTMLElement} fault
 */
export function faultSayer(part, fault) {
  return (/** @type {string} */ words) => {
    setText(fault, words);
    if (words === "") part.removeAttribute("aria-invalid");
    else part.setAttribute("aria-invalid", "true");
  };
}

/**
 * Sends a form. What the server finds wrong is said beside each field, and the first of them gets the focus.
 * @template T
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} place for what concerns no field
 * @param {{name: string, say: (words: string) => void, input?: HTMLElement}[]} fields
 * @param {() => Promise<import("./api.js").Answer<T>>} run
 */
export async function submit(button, place, fields, run) {
  const answer = await act(button, place, run);
  if (answer === null) return null;
  const faults = answer.ok ? {} : (answer.fields ?? {});
  for (const one of fields) one.say(faults[one.name] ?? "");
  fields.find((one) => faults[one.name])?.input?.focus();
  return answer;
}

/**
 * A set of boxes to tick.
 * @param {string} name
 * @param {string} legend
 * @param {[string, string][]} options
 * @param {string[]} ticked
 */
export function ticks(name, legend, options, ticked) {
  number += 1;
  const fault = make("p", { class: "fault", id: `ticks-${number}-fault` });
  const boxes = options.map(([value, words], at) => {
    const box = make("input", { type: "checkbox", id: `ticks-${number}-${at}`, name, value, checked: ticked.includes(value) });
    return [box, make("label", { for: box.id }, words)];
  });
  const node = make(
    "fieldset",
    { class: "choices ticks", "data-field": name, "aria-describedby": fault.id },
    make("legend", {}, legend),
    ...boxes.flat(),
    fault,
  );
  const value = () => boxes.flatMap(([box]) => (box instanceof HTMLInputElement && box.checked ? [box.value] : []));
  const first = /** @type {HTMLElement} */ (boxes[0]?.[0]);
  return { name, node, value, input: first, say: faultSayer(node, fault) };
}

/**
 * A switch with its words.
 * @param {string} name
 * @param {string} words
 * @param {boolean} on
 */
export function switchLine(name, words, on) {
  number += 1;
  const input = make("input", { type: "checkbox", class: "switch", role: "switch", id: `switch-${number}`, name, checked: on });
  return { input, node: make("div", { class: "switch-line", "data-field": name }, make("label", { for: input.id }, words), input) };
}

/**
 * Something that is shown once, and a button that copies it.
 * @param {string} text
 * @param {string} copy words of the button
 * @param {string} copied words once it is done
 */
export function onceShown(text, copy, copied) {
  const code = make("code", { class: "once", tabindex: 0 }, text);
  const button = make("button", { type: "button", "data-do": "copy" }, copy);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      setText(button, copied);
    } catch {
      // Without the right to the clipboard the text is selected, for the person to copy.
      getSelection()?.selectAllChildren(code);
    }
  });
  return make("div", { class: "once-line" }, code, button);
}

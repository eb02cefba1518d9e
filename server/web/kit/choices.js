// Owns: a small set of lengths, one of which is taken: radio buttons that look like chips.
import { make } from "./dom.js";

/**
 * @param {string} id unique on the page
 * @param {string} name
 * @param {string} legend
 * @param {[number, string][]} options
 * @param {number} chosen
 */
export function choices(id, name, legend, options, chosen) {
  const node = make("fieldset", { class: "choices" }, make("legend", {}, legend));
  for (const [value, words] of options) {
    const radio = make("input", {
      type: "radio",
      id: `${id}-${value}`,
      name: `${id}-${name}`,
      value,
      checked: value === chosen,
      "data-choice": `${name}-${value}`,
    });
    node.append(radio, make("label", { for: radio.id }, words));
  }
  const value = () => {
    const checked = node.querySelector("input:checked");
    return checked instanceof HTMLInputElement ? Number(checked.value) : chosen;
  };
  /** @param {number} wanted one that is not offered changes nothing */
  const choose = (wanted) => {
    const radio = node.querySelector(`input[value="${wanted}"]`);
    if (radio instanceof HTMLInputElement) radio.checked = true;
  };
  return { node, value, choose };
}

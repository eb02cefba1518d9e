// Owns: the form in which one changes one's own password. Hooks: inputs named `current` and `new`, data-do="change".
// Never: keeping a password; judging one: the server says why it will not do.
import { act, answerPlace, button, sayAnswer } from "./act.js";
import { ask } from "./api.js";
import { make } from "./dom.js";
import { t } from "./texts.js";

/**
 * @param {boolean} first after a one-time password, which is spent: nothing current is asked
 * @param {() => void} then once it is changed
 */
export function passwordForm(first, then) {
  const current = secret("current", "current-password");
  const wanted = secret("new", "new-password");
  wanted.setAttribute("aria-describedby", "password-rule");
  const place = answerPlace();
  const send = button(t("web-password-change"), { class: "go", do: "change", type: "submit" });
  const shown = make("input", { type: "checkbox", id: "password-show" });
  shown.addEventListener("change", () => {
    for (const input of [current, wanted]) input.type = shown.checked ? "text" : "password";
  });
  const form = make(
    "form",
    { class: "password-form", novalidate: true },
    ...(first ? [] : [make("label", { for: current.id }, t("web-password-current")), current]),
    make("label", { for: wanted.id }, t("web-password-new")),
    wanted,
    make("p", { id: "password-rule", class: "rule" }, t("web-password-rule")),
    make("label", { class: "check", for: shown.id }, shown, t("web-password-show")),
    send,
    place,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const empty = [...(first ? [] : [current]), wanted].find((input) => input.value === "");
    if (empty) {
      sayAnswer(place, t("web-password-needed"));
      empty.focus();
      return;
    }
    const body = first ? { new: wanted.value } : { current: current.value, new: wanted.value };
    // A wrong current password is an answer, not an expired login.
    const answer = await act(send, place, () => ask("POST", "me/password", body, { quiet: true }));
    if (answer?.ok) {
      form.reset();
      for (const input of [current, wanted]) input.type = "password";
      sayAnswer(place, t("web-password-changed"), "yes");
      then();
    } else if (answer?.status === 401) {
      sayAnswer(place, t("web-password-wrong"));
      current.select();
    }
  });
  return form;
}

/**
 * @param {string} name
 * @param {string} autocomplete
 */
function secret(name, autocomplete) {
  return make("input", { id: `password-${name}`, name, type: "password", autocomplete, required: true });
}

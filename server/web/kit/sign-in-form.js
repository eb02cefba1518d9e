// Owns: the form of name and password, for the page and for the dialog of an expired login. Hook: data-do="sign-in".
// Never: keeping the password.
import { act, answerPlace, button, sayAnswer } from "./act.js";
import { ask } from "./api.js";
import { make } from "./dom.js";
import { t } from "./texts.js";

/**
 * @param {string} known the name, when it is known
 * @param {() => void} then once the login has succeeded
 */
export function signInForm(known, then) {
  const name = make("input", {
    id: "sign-in-name",
    name: "name",
    autocomplete: "username",
    autocapitalize: "none",
    spellcheck: "false",
    required: true,
    value: known,
  });
  const password = make("input", {
    id: "sign-in-password",
    name: "password",
    type: "password",
    autocomplete: "current-password",
    required: true,
  });
  const reveal = make(
    "button",
    { type: "button", class: "quiet reveal", "aria-pressed": "false", "aria-controls": password.id },
    t("web-show"),
  );
  reveal.addEventListener("click", () => {
    const shown = password.type === "password";
    password.type = shown ? "text" : "password";
    reveal.setAttribute("aria-pressed", String(shown));
  });
  const place = answerPlace();
  const send = button(t("web-sign-in"), { class: "go", do: "sign-in", type: "submit" });
  const form = make(
    "form",
    { class: "sign-in-form", novalidate: true },
    make("label", { for: name.id }, t("web-name")),
    name,
    make("label", { for: password.id }, t("web-password")),
    make("div", { class: "with-button" }, password, reveal),
    send,
    place,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (name.value.trim() === "" || password.value === "") {
      sayAnswer(place, t("web-both-needed"));
      (name.value.trim() === "" ? name : password).focus();
      return;
    }
    const body = { name: name.value.trim(), password: password.value };
    const answer = await act(send, place, () => ask("POST", "login", body, { quiet: true }));
    if (answer?.ok) {
      password.value = "";
      then();
    } else if (answer?.status === 401) {
      sayAnswer(place, t("web-wrong-password"));
      password.select();
    }
  });
  return form;
}

// Owns: the sign-in page. Hooks: data-do="sign-in", inputs named `name` and `password`.
// Never: what the password is once it was sent. Next: kit/sign-in-form.js, shared with the dialog.
import { make } from "../kit/dom.js";
import { icon } from "../kit/icons.js";
import { langSwitch } from "../kit/lang-switch.js";
import { mark } from "../kit/mark.js";
import { signInForm } from "../kit/sign-in-form.js";
import { t } from "../kit/texts.js";

customElements.define(
  "sign-in",
  class extends HTMLElement {
    connectedCallback() {
      const form = signInForm("", () => document.dispatchEvent(new Event("signed-in")));
      this.replaceChildren(
        make("div", { class: "picture", "aria-hidden": "true" }, ...tiles()),
        make(
          "main",
          {},
          make("header", { class: "brand" }, mark(), make("h1", {}, t("web-title"))),
          make("p", { class: "creed" }, t("web-creed")),
          form,
          make("footer", {}, langSwitch()),
        ),
      );
      form.querySelector("input")?.focus();
    }
  },
);

/** A quiet room: the plan at work, with one raised hand. */
function tiles() {
  return Array.from({ length: 20 }, (_, at) => {
    const hand = at === 7;
    return make("i", { class: hand ? "tile hand" : "tile" }, hand && icon("hand"));
  });
}

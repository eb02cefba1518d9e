// Owns: the page of a one-time password: one's own is chosen before anything else is shown.
import { make } from "../kit/dom.js";
import { langSwitch } from "../kit/lang-switch.js";
import { mark } from "../kit/mark.js";
import { passwordForm } from "../kit/password-form.js";
import { t } from "../kit/texts.js";

customElements.define(
  "first-password",
  class extends HTMLElement {
    connectedCallback() {
      const form = passwordForm(true, () => document.dispatchEvent(new Event("signed-in")));
      this.replaceChildren(
        make(
          "main",
          {},
          make("header", { class: "brand" }, mark(), make("h1", {}, t("web-password-first"))),
          make("p", { class: "creed" }, t("web-password-first-more")),
          form,
          make("footer", {}, langSwitch()),
        ),
      );
      form.querySelector("input")?.focus();
    }
  },
);

// Owns: the page of a server that nobody can sign in to yet: the code that the terminal shows, the school, the first administrator.
// Hooks: inputs named code, uai, school, zone, name, login, password; data-do="make".
// Never: keeping the password; nothing typed is lost by a fault. Next: set-up.js, where it leads.
import { answerPlace, button, sayAnswer } from "../kit/act.js";
import { ask } from "../kit/api.js";
import { make } from "../kit/dom.js";
import { field, submit } from "../kit/fields.js";
import { langSwitch } from "../kit/lang-switch.js";
import { mark } from "../kit/mark.js";
import { t } from "../kit/texts.js";
import { zones } from "../kit/zones.js";

customElements.define(
  "first-run",
  class extends HTMLElement {
    async connectedCallback() {
      const answer = await ask("GET", "first", undefined, { quiet: true });
      const zone = answer.ok ? /** @type {{zone: string}} */ (answer.value).zone : "Europe/Paris";
      this.replaceChildren(
        make(
          "main",
          {},
          make("header", { class: "brand" }, mark(), make("h1", {}, t("setup-first-title")), langSwitch()),
          make("p", { class: "creed" }, t("setup-first-creed")),
          this.#form(zone),
        ),
      );
      this.querySelector("input")?.focus();
    }

    /** @param {string} zone */
    #form(zone) {
      const code = field("code", t("setup-code"), {
        hint: t("setup-code-hint"),
        class: "code",
        placeholder: "XXXX-XXXX",
        autocapitalize: "characters",
        spellcheck: "false",
        maxlength: 20,
      });
      const uai = field("uai", t("setup-uai"), {
        hint: t("setup-uai-hint"),
        autocapitalize: "characters",
        spellcheck: "false",
        maxlength: 12,
      });
      const school = field("school", t("setup-school-name"), {
        hint: t("setup-school-hint"),
        placeholder: "Collège Jean-Moulin",
        maxlength: 80,
      });
      const where = field("zone", t("setup-zone"), { options: zones(zone), value: zone });
      const name = field("name", t("setup-your-name"), { hint: t("setup-your-name-hint"), maxlength: 80, autocomplete: "name" });
      const login = field("login", t("web-name"), {
        hint: t("setup-login-hint"),
        maxlength: 64,
        autocomplete: "username",
        spellcheck: "false",
        autocapitalize: "none",
      });
      const password = field("password", t("web-password"), {
        hint: t("setup-password-hint"),
        type: "password",
        autocomplete: "new-password",
        maxlength: 256,
      });
      const fields = [code, uai, school, where, name, login, password];
      const send = button(t("setup-make"), { class: "go", do: "make", type: "submit" });
      const place = answerPlace();
      const form = make(
        "form",
        { class: "sheet", novalidate: true },
        make("section", { class: "card" }, code.node),
        make(
          "section",
          { class: "card" },
          make("h2", {}, t("setup-school")),
          make("div", { class: "pair narrow-first" }, uai.node, school.node),
          where.node,
        ),
        make("section", { class: "card" }, make("h2", {}, t("setup-you")), name.node, login.node, password.node),
        make("div", { class: "buttons end" }, place, send),
      );
      form.addEventListener("submit", async (event) => {
        event.preventDefault();
        const body = Object.fromEntries(fields.map((one) => [one.name, one.input.value]));
        const answer = await submit(send, place, fields, () => ask("POST", "first", body, { quiet: true }));
        if (!answer?.ok) return;
        const made = /** @type {{school: string}} */ (answer.value).school;
        const signIn = { name: body.login?.trim(), password: body.password };
        const entered = await ask("POST", "login", signIn, { quiet: true });
        password.input.value = "";
        if (entered.ok) history.replaceState(null, "", `/setup/${encodeURIComponent(made)}`);
        else sayAnswer(place, entered.words);
        document.dispatchEvent(new Event("signed-in"));
      });
      return form;
    }
  },
);

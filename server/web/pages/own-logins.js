// Owns: my logins: where I am signed in, ending each, and changing my password.
// Hooks: [data-login] with data-do="end"; data-do="end-others"; the form's inputs named `current` and `new`, data-do="change".
// Never: anybody else's login; what a password is once it was sent. Next: kit/password-form.js.
import { act, answerPlace, button, sayAnswer } from "../kit/act.js";
import { ask } from "../kit/api.js";
import { timeWords } from "../kit/clock.js";
import { make } from "../kit/dom.js";
import { langSwitch } from "../kit/lang-switch.js";
import { mark } from "../kit/mark.js";
import { passwordForm } from "../kit/password-form.js";
import { lang, t } from "../kit/texts.js";

/** @typedef {{login: string, device: string, started_ms: number, seen_ms: number, ends_ms: number, current: boolean}} OwnLogin */

class OwnLogins extends HTMLElement {
  #list = make("ul", { class: "logins" });
  #place = answerPlace();
  #others = button(t("web-logins-end-others"), { class: "quiet", do: "end-others" });

  connectedCallback() {
    const form = passwordForm(false, () => void this.#refresh());
    this.#others.addEventListener("click", async () => {
      const answer = await act(this.#others, this.#place, () => ask("DELETE", "logins"));
      if (answer?.ok) await this.#refresh(t("web-logins-ended"));
    });
    this.replaceChildren(
      make(
        "header",
        { class: "top" },
        make("div", { class: "brand" }, mark(), make("p", { class: "title" }, t("web-title"))),
        make("a", { href: "/", class: "back", "data-go": true }, t("web-all-rooms")),
        langSwitch(),
      ),
      make(
        "main",
        {},
        make("h1", {}, t("web-logins")),
        make("p", { class: "more" }, t("web-logins-more")),
        this.#list,
        this.#place,
        this.#others,
        make("section", { "aria-labelledby": "password-title" }, make("h2", { id: "password-title" }, t("web-password-change")), form),
      ),
    );
    void this.#refresh();
  }

  /** @param {string} [said] what is said once the list is fresh */
  async #refresh(said = "") {
    const answer = await ask("GET", "logins");
    if (!this.isConnected) return;
    if (!answer.ok) {
      sayAnswer(this.#place, answer.words);
      return;
    }
    const logins = /** @type {OwnLogin[]} */ (answer.value);
    this.#list.replaceChildren(...logins.map((login) => this.#line(login)));
    this.#others.hidden = logins.length < 2;
    sayAnswer(this.#place, said, "yes");
  }

  /** @param {OwnLogin} login */
  #line(login) {
    const device = login.device || t("web-logins-unknown");
    const facts = make(
      "p",
      { class: "facts" },
      `${t("web-logins-since")} ${momentWords(login.started_ms)} · ${t("web-logins-seen")} ${momentWords(login.seen_ms)}`,
    );
    const line = make("li", { "data-login": login.login }, make("div", {}, make("p", { class: "device" }, device), facts));
    if (login.current) {
      line.append(make("p", { class: "current" }, t("web-logins-current")));
      return line;
    }
    const end = button(t("web-logins-end"), { do: "end", name: device });
    end.addEventListener("click", async () => {
      const answer = await act(end, this.#place, () => ask("DELETE", `logins/${encodeURIComponent(login.login)}`));
      if (answer?.ok) await this.#refresh(t("web-logins-ended"));
    });
    line.append(end);
    return line;
  }
}
customElements.define("own-logins", OwnLogins);

/**
 * A moment of today by its hour, an older one with its day.
 * @param {number} at_ms
 */
function momentWords(at_ms) {
  const hour = timeWords(at_ms, lang());
  const at = new Date(at_ms);
  if (at.toDateString() === new Date().toDateString()) return hour;
  return `${at.toLocaleDateString(lang(), { day: "numeric", month: "long" })} ${hour}`;
}

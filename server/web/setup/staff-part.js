// Owns: the adults of the school and what each may: adding, changing, a one-time password, the end.
// Hooks: data-do="add-adult"; [data-staff=ID] with data-do="edit", "reset", "end"; inputs named login, name, roles, distress, same.
// Never: a password that is shown twice, or that the page makes. Next: kit/fields.js.
import { act, answerPlace, button } from "../kit/act.js";
import { ask } from "../kit/api.js";
import { dialog } from "../kit/dialog.js";
import { make } from "../kit/dom.js";
import { field, onceShown, submit, switchLine, ticks } from "../kit/fields.js";
import { icon } from "../kit/icons.js";
import { t } from "../kit/texts.js";

/** @typedef {import("../kit/types.js").Colleague} Colleague */

const ROLES = ["assistant", "teacher", "documentalist", "referent", "head", "dpo", "admin"];

/** @param {import("./set-up.js").Place} place */
export function staffPart(place) {
  return new Adults(place).node;
}

class Adults {
  node = make("div", { class: "stack" });
  #place;
  #made = make("div", { class: "made", "aria-live": "polite" });
  #form = make("div", {});
  #list = make("ul", { class: "adults", "aria-busy": "true" });
  /** Names to sign in with of this school's adults. @type {Set<string>} */
  #logins = new Set();
  #add = button(t("setup-add-adult"), { class: "go", do: "add-adult" }, icon("add"));

  /** @param {import("./set-up.js").Place} place */
  constructor(place) {
    this.#place = place;
    this.#add.addEventListener("click", () => this.#edit(null));
    this.node.append(this.#made, make("div", { class: "buttons" }, this.#add), this.#form, make("section", { class: "card" }, this.#list));
    void this.#read();
  }

  get #path() {
    return `schools/${encodeURIComponent(this.#place.school)}/staff`;
  }

  async #read() {
    const answer = await ask("GET", this.#path);
    if (this.#place.gone.aborted) return;
    this.#list.removeAttribute("aria-busy");
    if (!answer.ok) {
      this.#list.replaceChildren(make("li", { class: "notice", role: "status" }, answer.words));
      return;
    }
    const adults = /** @type {Colleague[]} */ (answer.value);
    this.#logins = new Set(adults.map((one) => one.login));
    this.#list.replaceChildren(...adults.map((one) => this.#line(one)));
  }

  /** @param {Colleague} one */
  #line(one) {
    const said = answerPlace();
    const edit = button(t("setup-change"), { do: "edit", name: one.name });
    edit.addEventListener("click", () => this.#edit(one));
    const reset = button(t("setup-reset"), { class: "quiet", do: "reset", name: one.name });
    reset.addEventListener("click", () => this.#reset(one));
    const end = button(t("setup-end"), { class: "quiet danger", do: "end", name: one.name });
    end.addEventListener("click", () => this.#end(one));
    const marks = [
      one.me ? t("setup-me") : "",
      one.distress ? t("setup-distress-mark") : "",
      one.elsewhere ? t("setup-elsewhere-mark") : "",
      one.once ? t("setup-once-mark") : "",
    ].filter((words) => words !== "");
    return make(
      "li",
      { "data-staff": one.staff, "data-login": one.login },
      make(
        "div",
        { class: "who" },
        make("b", {}, one.name),
        make("small", {}, one.login),
        make("span", { class: "roles" }, one.roles.map((role) => t(`role-${role}`)).join(", ")),
        marks.length > 0 ? make("small", {}, marks.join(" · ")) : null,
      ),
      make("div", { class: "buttons" }, edit, one.elsewhere || one.me ? null : reset, one.me ? null : end, said),
    );
  }

  /** @param {Colleague|null} one null: somebody new */
  #edit(one) {
    const name = field("name", t("setup-adult-name"), {
      value: one?.name ?? "",
      hint: t("setup-your-name-hint"),
      maxlength: 80,
      disabled: one?.elsewhere ?? false,
    });
    const login = field("login", t("web-name"), {
      value: one?.login ?? "",
      hint: t("setup-login-hint"),
      maxlength: 64,
      autocapitalize: "none",
      spellcheck: "false",
      disabled: one !== null,
    });
    const roles = ticks(
      "roles",
      t("setup-roles"),
      ROLES.map((role) => [role, t(`role-${role}`)]),
      one?.roles ?? [],
    );
    const distress = switchLine("distress", t("setup-distress"), one?.distress ?? false);
    const same = switchLine("same", t("setup-same-person"), false);
    same.node.hidden = true;
    const save = button(t(one ? "setup-save" : "setup-add-adult"), { class: "go", do: "save", type: "submit" });
    const cancel = button(t("web-cancel"), { class: "quiet", do: "cancel" });
    const said = answerPlace();
    const form = make(
      "form",
      { class: "card adult", novalidate: true },
      make("h2", { tabindex: -1 }, one ? one.name : t("setup-add-adult")),
      make("div", { class: "pair" }, name.node, login.node),
      same.node,
      roles.node,
      distress.node,
      make("div", { class: "buttons end" }, said, cancel, save),
    );
    const close = () => {
      this.#form.replaceChildren();
      this.#add.hidden = false;
      const back = one ? this.#list.querySelector(`[data-staff="${CSS.escape(one.staff)}"] [data-do=edit]`) : this.#add;
      if (back instanceof HTMLElement) back.focus();
    };
    cancel.addEventListener("click", close);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const what = { name: name.input.value, roles: roles.value(), distress: distress.input.checked };
      const path = one ? `${this.#path}/${encodeURIComponent(one.staff)}` : this.#path;
      const body = one ? what : { ...what, login: login.input.value, same: same.input.checked };
      const answer = await submit(save, said, [name, login, roles], () => ask("POST", path, body));
      // Somebody of another school has the name: the person who types says whether it is the same adult.
      const elsewhere = answer && !answer.ok && answer.fields?.login && !this.#logins.has(login.input.value.trim());
      if (elsewhere && login.input.value.trim() !== "") same.node.hidden = false;
      if (!answer?.ok) return;
      const made = /** @type {{password: string|null}|null} */ (answer.value);
      await Promise.all([this.#place.changed(), this.#read()]);
      close();
      if (made?.password) this.#showPassword(what.name.trim(), made.password);
    });
    this.#add.hidden = one === null;
    this.#form.replaceChildren(form);
    form.scrollIntoView({ block: "nearest" });
    (one ? form.querySelector("h2") : name.input)?.focus();
  }

  /**
   * @param {string} name
   * @param {string} password
   */
  #showPassword(name, password) {
    const heading = make("h2", { tabindex: -1 }, `${t("setup-once-title")} ${name}`);
    const close = button(t("web-close"), { class: "quiet", do: "close" });
    const card = make(
      "section",
      { class: "card once-card" },
      heading,
      onceShown(password, t("setup-copy"), t("setup-copied")),
      make("p", {}, t("setup-once-how")),
      make("div", { class: "buttons end" }, close),
    );
    close.addEventListener("click", () => {
      card.remove();
      this.#add.focus();
    });
    this.#made.replaceChildren(card);
    heading.focus();
  }

  /** @param {Colleague} one */
  #reset(one) {
    this.#ask(one, "reset", async () => {
      const answer = await ask("POST", `${this.#path}/${encodeURIComponent(one.staff)}/password`, {});
      if (answer.ok) this.#showPassword(one.name, /** @type {{password: string}} */ (answer.value).password);
      return answer;
    });
  }

  /** @param {Colleague} one */
  #end(one) {
    this.#ask(one, "end", () => ask("POST", `${this.#path}/${encodeURIComponent(one.staff)}/end`, {}));
  }

  /**
   * Asks before something that cannot be taken back.
   * @param {Colleague} one
   * @param {"reset"|"end"} what
   * @param {() => Promise<import("../kit/api.js").Answer<unknown>>} run
   */
  #ask(one, what, run) {
    const yes = button(t(`setup-${what}`), { class: what === "end" ? "go danger" : "go", do: "yes" });
    const said = answerPlace();
    const shown = dialog(
      `${t(`setup-${what}`)} : ${one.name}`,
      what,
      make("p", {}, t(`setup-${what}-why`)),
      make("div", { class: "buttons end" }, said, yes),
    );
    yes.addEventListener("click", async () => {
      const answer = await act(yes, said, run);
      if (!answer?.ok) return;
      shown.close();
      await Promise.all([this.#place.changed(), this.#read()]);
    });
  }
}

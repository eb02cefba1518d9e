// Owns: the adults of the session and the sites that are open in it: letting a colleague in, handing the session over, opening and
// closing a site. Hooks: data-do="join", "hand-over" (data-staff), "site-open", "site-close" (data-site). Next: session-bar.js.
import { act, answerPlace, button, sayAnswer } from "../kit/act.js";
import { ask, roomPath } from "../kit/api.js";
import { dialog } from "../kit/dialog.js";
import { make } from "../kit/dom.js";
import { t } from "../kit/texts.js";

/**
 * @param {string} room
 * @param {import("../kit/types.js").BarCard} bar
 * @param {(words: string) => void} said
 */
export function peopleDialog(room, bar, said) {
  const place = answerPlace();
  const list = make("ul", { class: "people" });
  const shown = dialog(t("web-adults"), "people", list, place);
  const here = bar.adults ?? [];
  /**
   * @param {string} words
   * @param {string} what
   * @param {{staff: string, name: string}} adult
   * @param {string} path
   * @param {string} done
   */
  const ask_ = (words, what, adult, path, done) => {
    const made = button(words, { do: what, name: adult.name });
    made.dataset.staff = adult.staff;
    made.addEventListener("click", async () => {
      const answer = await act(made, place, () => ask("POST", roomPath(room, "session", path), { staff: adult.staff }));
      if (!answer?.ok) return;
      shown.close();
      said(`${adult.name} : ${done}`);
    });
    return made;
  };
  const line = (/** @type {{staff: string, name: string, me?: boolean}} */ adult, /** @type {number} */ at) =>
    make(
      "li",
      {},
      make("span", {}, make("bdi", {}, adult.name), adult.me ? ` (${t("web-me")})` : ""),
      at === 0 ? make("small", {}, t("web-owner")) : ask_(t("web-hand-over"), "hand-over", adult, "owner", t("web-handed-over")),
    );
  list.append(...here.map(line));
  void ask("GET", roomPath(room, "prepare"), undefined, { quiet: true }).then((answer) => {
    if (!answer.ok) return sayAnswer(place, answer.words);
    const { adults } = /** @type {import("../kit/types.js").Prepare} */ (answer.value);
    const others = adults.filter((adult) => !here.some((one) => one.staff === adult.staff));
    list.append(
      ...others.map((adult) =>
        make(
          "li",
          {},
          make("bdi", {}, adult.name),
          ask_(t("web-join"), "join", adult, "adults", t("web-joined")),
          ask_(t("web-hand-over"), "hand-over", adult, "owner", t("web-handed-over")),
        ),
      ),
    );
  });
}

/**
 * @param {string} room
 * @param {import("../kit/types.js").BarCard} bar
 */
export function sitesDialog(room, bar) {
  const place = answerPlace();
  const list = make("ul", { class: "people" });
  const site = make("input", { id: "site", name: "site", autocomplete: "off", autocapitalize: "off", spellcheck: "false", dir: "ltr" });
  const open = button(t("web-site-open"), { class: "go", do: "site-open", type: "submit" });
  const form = make(
    "form",
    { class: "site-form", novalidate: true },
    make("label", { for: "site" }, t("web-site-address")),
    site,
    make("div", { class: "buttons" }, open),
    place,
  );
  const shown = dialog(
    t("web-sites-of-session"),
    "sites",
    make("p", {}, t(bar.sites_only ? "web-sites-only" : "web-sites-open")),
    list,
    form,
  );
  for (const one of bar.sites ?? []) {
    const shut = button(t("web-site-close"), { do: "site-close", class: "quiet", name: one });
    shut.dataset.site = one;
    const line = make("li", {}, make("span", { dir: "ltr" }, one), shut);
    shut.addEventListener("click", async () => {
      const answer = await act(shut, place, () => ask("POST", roomPath(room, "session", "sites"), { site: one, open: false }));
      if (answer?.ok) line.remove();
    });
    list.append(line);
  }
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (site.value.trim() === "") {
      sayAnswer(place, t("web-bad-site"));
      site.focus();
      return;
    }
    const answer = await act(open, place, () => ask("POST", roomPath(room, "session", "sites"), { site: site.value, open: true }));
    if (answer?.ok) shown.close();
  });
  site.focus();
}

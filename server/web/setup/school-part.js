// Owns: the school's name and zone, and the adoption of the charter that ships.
// Hooks: inputs named name, zone; data-do="save"; data-do="adopt".
// Never: the charter's rules; its articles are shown in plain words.
import { answerPlace, button, sayAnswer } from "../kit/act.js";
import { ask } from "../kit/api.js";
import { make } from "../kit/dom.js";
import { field, submit } from "../kit/fields.js";
import { t } from "../kit/texts.js";
import { zones } from "../kit/zones.js";

/** @param {import("./set-up.js").Place} place */
export function schoolPart(place) {
  const charter = make("section", { class: "card charter", "aria-busy": "true" }, make("h2", {}, t("setup-charter")));
  void showCharter(place, charter);
  return make("div", { class: "stack" }, schoolForm(place), charter);
}

/** @param {import("./set-up.js").Place} place */
function schoolForm(place) {
  const view = place.view();
  const name = field("name", t("setup-school-name"), { value: view.name, maxlength: 80 });
  const zone = field("zone", t("setup-zone"), {
    options: zones(view.zone),
    value: view.zone,
    hint: view.zone_is_set ? t("setup-zone-set") : undefined,
    disabled: view.zone_is_set,
  });
  const save = button(t("setup-save"), { class: "go", do: "save", type: "submit" });
  const said = answerPlace();
  const form = make(
    "form",
    { class: "card", novalidate: true },
    make("h2", {}, t("setup-school"), make("small", {}, view.school)),
    name.node,
    zone.node,
    make("div", { class: "buttons end" }, said, save),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const body = { name: name.input.value, zone: zone.input.value };
    const answer = await submit(save, said, [name, zone], () => ask("POST", `schools/${encodeURIComponent(place.school)}`, body));
    if (!answer?.ok) return;
    sayAnswer(said, t("setup-saved"), "yes");
    await place.changed();
  });
  return form;
}

/**
 * @param {import("./set-up.js").Place} place
 * @param {HTMLElement} card
 */
async function showCharter(place, card) {
  const path = `schools/${encodeURIComponent(place.school)}/charter`;
  const answer = await ask("GET", path);
  card.removeAttribute("aria-busy");
  const title = make("h2", {}, t("setup-charter"));
  if (!answer.ok) {
    card.replaceChildren(title, make("p", { class: "notice", role: "status" }, answer.words));
    return;
  }
  const charter = /** @type {import("../kit/types.js").CharterView} */ (answer.value);
  const articles = make(
    "details",
    {},
    make("summary", {}, t("setup-charter-read")),
    make(
      "ol",
      { class: "articles" },
      ...charter.articles.map((one) => make("li", {}, make("b", {}, `${one.number} · ${one.title}`), make("p", {}, one.words))),
    ),
  );
  if (charter.in_force !== null) {
    const words = charter.is_shipped ? t("setup-charter-shipped-in-force") : t("setup-charter-own-in-force");
    card.replaceChildren(
      title,
      make("p", { class: "state-line" }, make("b", {}, charter.in_force)),
      make("p", {}, words),
      charter.is_shipped ? articles : "",
    );
    return;
  }
  const adopt = button(t("setup-charter-adopt"), { class: "go", do: "adopt" });
  const said = answerPlace();
  adopt.addEventListener("click", async () => {
    const done = await submit(adopt, said, [], () => ask("POST", path, { digest: charter.digest }));
    if (!done?.ok) return;
    await place.changed();
    await showCharter(place, card);
    const heading = card.querySelector("h2");
    if (heading) {
      heading.tabIndex = -1;
      heading.focus();
    }
  });
  card.replaceChildren(title, make("p", {}, t("setup-charter-none")), articles, make("div", { class: "buttons end" }, said, adopt));
}

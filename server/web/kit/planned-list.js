// Owns: what is planned in a room, and cancelling it: one week or all that were planned together.
// Hooks: [data-plan]; in it data-do="plan-cancel", "plan-cancel-all". Next: session-form.js.
import { act, answerPlace, button } from "./act.js";
import { ask, roomPath } from "./api.js";
import { dayWords, timeWords } from "./clock.js";
import { make } from "./dom.js";
import { lang, t } from "./texts.js";

/**
 * @param {string} room
 * @param {import("./types.js").Prepare["plans"]} plans
 * @param {() => void} changed
 * @returns {HTMLElement[]}
 */
export function plannedList(room, plans, changed) {
  if (plans.length === 0) return [];
  const place = answerPlace();
  const items = plans.map((plan) => {
    const when = `${dayWords(plan.starts_ms, lang())} – ${timeWords(plan.ends_ms, lang())}`;
    const what = [plan.task, plan.class, plan.by].filter(Boolean).join(" · ");
    const cancel = (/** @type {string} */ words, /** @type {string} */ what, /** @type {boolean} */ together) => {
      const made = button(words, { class: "quiet", do: what, name: when });
      made.addEventListener("click", async () => {
        const answer = await act(made, place, () => ask("POST", roomPath(room, "plans", plan.plan, "cancel"), { together }));
        if (answer?.ok) changed();
      });
      return made;
    };
    return make(
      "li",
      { "data-plan": plan.plan },
      make("p", {}, make("b", {}, when), make("span", { dir: "auto" }, what)),
      make(
        "div",
        { class: "buttons" },
        cancel(t("web-plan-cancel"), "plan-cancel", false),
        plan.together > 1 && cancel(t("web-plan-cancel-all"), "plan-cancel-all", true),
      ),
    );
  });
  return [make("h3", {}, t("web-plans")), make("ul", { class: "plans" }, ...items), place];
}

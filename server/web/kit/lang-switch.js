// Owns: the choice of language. Hooks: data-do="lang-fr", data-do="lang-en".
import { make } from "./dom.js";
import { lang, speak, t } from "./texts.js";

/** Languages by their own names; these are never translated. @type {[string, string][]} */
const languages = [
  ["fr", "Français"],
  ["en", "English"],
];

/** Two buttons, the one in use pressed. */
export function langSwitch() {
  const group = make("div", { class: "lang", role: "group", "aria-label": t("web-language") });
  for (const [code, name] of languages) {
    const choice = make(
      "button",
      { type: "button", class: "quiet", lang: code, "data-do": `lang-${code}`, "aria-pressed": lang() === code ? "true" : "false" },
      name,
    );
    choice.addEventListener("click", () => {
      if (lang() !== code) speak(code);
    });
    group.append(choice);
  }
  return group;
}

// Owns: the dialog of an expired login. What was asked waits behind it and goes on; what was typed is untouched.
import { dialog } from "../kit/dialog.js";
import { make } from "../kit/dom.js";
import { signInForm } from "../kit/sign-in-form.js";
import { t } from "../kit/texts.js";

/**
 * @param {string} name who was signed in
 * @returns {Promise<boolean>} whether somebody signed in
 */
export function askAgain(name) {
  return new Promise((resolve) => {
    let done = false;
    const form = signInForm(name, () => {
      done = true;
      shown.close();
    });
    const shown = dialog(t("web-expired"), "sign-in-again", make("p", {}, t("web-expired-more")), form);
    shown.addEventListener("close", () => resolve(done));
    /** @type {HTMLElement|null} */ (form.querySelector(name ? "[name=password]" : "input"))?.focus();
  });
}

// Owns: the form that starts a session: defaults are filled in, so the second tap may already start it.
// Hooks: data-do="start"; fields `task`, `minutes` (radio), `chat`. Never: templates and bookings; a later issue brings them.
import { act, answerPlace, button, sayAnswer } from "./act.js";
import { ask, roomPath } from "./api.js";
import { choices } from "./choices.js";
import { minuteWords } from "./clock.js";
import { make } from "./dom.js";
import { dropDraft, keepDraft } from "./drafts.js";
import { lang, t } from "./texts.js";

let number = 0;

/**
 * @param {string} room
 * @param {() => void} then once the session has started
 */
export function sessionForm(room, then) {
  number += 1;
  const key = `session/${room}`;
  const task = make("input", { id: `task-${number}`, name: "task", maxlength: 200, autocomplete: "off", enterkeyhint: "go" });
  keepDraft(task, key, t("web-task-default"));
  const minutes = choices(
    `minutes-${number}`,
    "minutes",
    t("web-minutes"),
    [30, 45, 55, 90].map((m) => [m, minuteWords(m, lang())]),
    55,
  );
  const chat = make("input", { id: `chat-${number}`, name: "chat", type: "checkbox", class: "switch", role: "switch" });
  const place = answerPlace();
  const start = button(t("web-start"), { class: "go", do: "start", type: "submit" });
  const form = make(
    "form",
    { class: "session-form", novalidate: true },
    make("label", { for: task.id }, t("web-task")),
    task,
    minutes.node,
    make("div", { class: "switch-line" }, make("label", { for: chat.id }, t("web-chat")), chat),
    start,
    place,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = task.value.trim();
    if (words === "") {
      sayAnswer(place, t("web-task-needed"));
      task.focus();
      return;
    }
    const body = { task: words, minutes: minutes.value(), chat: chat.checked };
    const answer = await act(start, place, () => ask("POST", roomPath(room, "session"), body));
    if (!answer?.ok) return;
    dropDraft(key);
    then();
  });
  return form;
}

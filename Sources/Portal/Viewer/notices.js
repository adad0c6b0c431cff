// What is shown in place of a page, or of all of them, when something went wrong.

/**
 * A legible problem: title, detail, and a way on where there is one.
 * @param {import("./problems.js").Problem} problem
 * @param {object} actions
 * @param {() => void} actions.onRetry
 * @param {(password: string) => void} actions.onPassword
 * @returns {HTMLElement}
 */
export function problemNotice(problem, { onRetry, onPassword }) {
  const notice = element("div", "notice");
  notice.setAttribute("role", "alert");
  if (problem.needsPassword) {
    notice.append(...passwordNotice(problem, onPassword));
  } else {
    const retry = element("button", "button", "Try again");
    retry.type = "button";
    retry.addEventListener("click", onRetry);
    notice.append(element("h2", "", problem.title), element("p", "", problem.detail), retry);
  }
  return notice;
}

function passwordNotice(problem, onPassword) {
  const form = element("form", "password");
  const field = element("input", "field");
  field.type = "password";
  field.required = true;
  field.autocomplete = "off";
  field.ariaLabel = "Password of the document";
  const submit = element("button", "button primary", "Open");
  submit.type = "submit";
  form.append(field, submit);
  form.addEventListener("submit", (event) => {
    // Kept in memory only: the form goes nowhere.
    event.preventDefault();
    onPassword(field.value);
  });
  requestAnimationFrame(() => field.focus());
  return [element("h2", "", problem.title), element("p", "", "It is sent with each request and kept nowhere."), form];
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

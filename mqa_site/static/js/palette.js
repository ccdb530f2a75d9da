// Ctrl-K / Cmd-K: the actions of the page ([data-command]), the pages of the navigation, and accounts found by the
// address in data-search-url, which answers ?q= with JSON [{"label": "...", "url": "...", "hint": "..."}].
const dialog = document.getElementById("palette");
const input = dialog?.querySelector("input");
const list = dialog?.querySelector("[role=listbox]");
let options = [];
let chosen = 0;
let waiting = null;
let asked = null;

const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const words = (element) => (element.dataset.command || element.getAttribute("aria-label") || element.textContent).replace(/\s+/g, " ").trim();

const local = () => {
  const actions = [...document.querySelectorAll("[data-command]")]
    .filter((element) => !element.disabled && (element.checkVisibility?.() ?? true))
    .map((element) => ({ label: words(element), hint: "action", run: () => element.click() }));
  const seen = new Set();
  const pages = [...document.querySelectorAll(".side .nav-link[href]")]
    .filter((link) => !seen.has(link.href) && seen.add(link.href))
    .map((link) => ({ label: link.firstElementChild?.textContent ?? link.textContent, hint: "page", url: link.href }));
  return [...actions, ...pages];
};

const choose = (index) => {
  chosen = Math.max(0, Math.min(options.length - 1, index));
  [...list.children].forEach((item, position) => {
    item.setAttribute("aria-selected", String(position === chosen));
    if (position === chosen) {
      input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    }
  });
};

const draw = (found) => {
  options = found;
  list.replaceChildren(
    ...found.map((option, index) => {
      const item = Object.assign(document.createElement("li"), { id: `palette-${index}` });
      item.setAttribute("role", "option");
      item.append(Object.assign(document.createElement("span"), { textContent: option.label }));
      if (option.hint) item.append(Object.assign(document.createElement("span"), { textContent: option.hint, className: "small quiet" }));
      item.addEventListener("mousemove", () => chosen !== index && choose(index));
      item.addEventListener("click", () => run(index));
      return item;
    }),
  );
  if (!found.length) {
    const none = Object.assign(document.createElement("li"), { textContent: "Nothing found", className: "quiet", id: "palette-none" });
    none.setAttribute("role", "option");
    none.setAttribute("aria-disabled", "true");
    list.append(none);
    input.removeAttribute("aria-activedescendant");
  }
  choose(0);
};

const run = (index) => {
  const option = options[index];
  if (!option) return;
  dialog.close();
  if (option.run) option.run();
  else location.assign(option.url);
};

const search = () => {
  const query = fold(input.value.trim());
  const near = local().filter((option) => fold(option.label).includes(query));
  draw(near);
  clearTimeout(waiting);
  asked?.abort();
  if (query.length < 2 || !dialog.dataset.searchUrl) return;
  waiting = setTimeout(async () => {
    asked = new AbortController();
    const url = new URL(dialog.dataset.searchUrl, location.href);
    url.searchParams.set("q", input.value.trim());
    try {
      const response = await fetch(url, { signal: asked.signal, headers: { Accept: "application/json" } });
      if (!response.ok) return;
      const far = await response.json();
      draw([...near, ...far.map((one) => ({ hint: "account", ...one, run: undefined }))]);
    } catch (error) {
      if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error; // a new key, or no connection
    }
  }, 120);
};

const open = () => {
  if (!dialog || dialog.open || document.querySelector("dialog[open]")) return;
  input.value = "";
  dialog.showModal();
  search();
  input.focus();
};

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    open();
  }
});
document.addEventListener("click", (event) => event.target.closest?.("[data-palette]") && open());
input?.addEventListener("input", search);
input?.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) choose(chosen + step);
  else if (event.key === "Enter") run(chosen);
  else return;
  event.preventDefault();
});

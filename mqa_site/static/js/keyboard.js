// Single keys, driven by the page's own markup:
//
//   data-row="id"      a row or card that j and k move between; its link with data-open (else its first) is focused,
//                      so that Enter opens it as any link
//   data-key="c"       a button, link or field that the key presses (a field is focused); in the current row first,
//                      then anywhere outside rows. Its words in the help: data-hint, else its own text
//   data-select        a row's checkbox; x presses it
//   data-search        the field that / goes to
// Nothing happens while typing in a field, with a modifier, or when switched off in the help (?).
const OFF = "keys-off";
const SKIP = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";
let current = null; // id of the current row, kept across htmx swaps

const isOff = () => {
  try {
    return localStorage.getItem(OFF) === "1";
  } catch {
    return false;
  }
};
const shown = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
const rows = () => [...document.querySelectorAll("[data-row]")].filter(shown);
const currentRow = () => rows().find((row) => row.dataset.row === current) ?? null;
const opener = (row) => row.querySelector("a[data-open]") ?? row.querySelector("a[href]");

const mark = (row) => {
  for (const other of document.querySelectorAll("[data-row][data-current]")) other.removeAttribute("data-current");
  row?.setAttribute("data-current", "");
  current = row?.dataset.row ?? null;
};

const move = (step) => {
  const all = rows();
  if (!all.length) return;
  const here = all.indexOf(currentRow());
  const next = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + step))];
  mark(next);
  opener(next)?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
};

const press = (key) => {
  const selector = `[data-key="${CSS.escape(key)}"]`;
  const row = currentRow();
  const target =
    [...(row?.querySelectorAll(selector) ?? [])].find(shown) ??
    [...document.querySelectorAll(selector)].find((element) => shown(element) && !element.closest("[data-row]"));
  if (!target || target.disabled || target.getAttribute("aria-disabled") === "true") return false;
  if (target.matches(SKIP)) target.focus();
  else target.click();
  return true;
};

const fillHelp = () => {
  const list = document.getElementById("keys-list");
  if (!list) return;
  const pairs = new Map();
  if (rows().length) pairs.set("j k", "Next and previous row").set("Enter", "Open the row");
  if (document.querySelector("[data-select]")) pairs.set("x", "Select the row");
  if (document.querySelector("[data-search]")) pairs.set("/", "Search");
  for (const element of document.querySelectorAll("[data-key]")) {
    const text = element.textContent.replace(element.querySelector("kbd")?.textContent ?? "", "").trim();
    const words = element.dataset.hint ?? (text || element.getAttribute("aria-label"));
    if (!pairs.has(element.dataset.key)) pairs.set(element.dataset.key, words);
  }
  pairs.set("Ctrl K", "Find an account, a page or an action").set("?", "This help").set("Esc", "Close, leave a field");
  list.replaceChildren(
    ...[...pairs].flatMap(([keys, words]) => {
      const term = document.createElement("dt");
      for (const key of keys.split(" ")) term.append(Object.assign(document.createElement("kbd"), { textContent: key }), " ");
      return [term, Object.assign(document.createElement("dd"), { textContent: words })];
    }),
  );
};

const help = () => {
  const dialog = document.getElementById("keys");
  if (!dialog) return;
  fillHelp();
  document.getElementById("keys-on").checked = !isOff();
  if (!dialog.open) dialog.showModal();
};

document.getElementById("keys-on")?.addEventListener("change", (event) => {
  try {
    if (event.target.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "1");
  } catch {
    // storage is off: the choice holds for nothing, and says so by coming back
  }
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const { target, key } = event;
  if (target.matches?.(SKIP)) {
    if (key === "Escape" && !target.closest("dialog")) target.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  if (key === "?") {
    help();
    event.preventDefault();
    return;
  }
  if (isOff() || key.length !== 1) return;
  let done = true;
  if (key === "j") move(1);
  else if (key === "k") move(-1);
  else if (key === "/") {
    const field = document.querySelector("[data-search]");
    field?.focus();
    field?.select?.();
    done = Boolean(field);
  } else if (key === "x" && currentRow()?.querySelector("[data-select]")) currentRow().querySelector("[data-select]").click();
  else done = press(key);
  if (done) event.preventDefault();
});

document.addEventListener("click", (event) => event.target.closest?.("[data-help]") && help());
document.addEventListener("focusin", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (row && row.dataset.row !== current) mark(row);
});

// After a swap the same row is current again, and focus that went down with the old row comes back to it.
document.addEventListener("htmx:afterSettle", () => {
  const row = currentRow();
  if (!row) return;
  mark(row);
  if (document.activeElement === document.body) opener(row)?.focus({ preventScroll: true });
});

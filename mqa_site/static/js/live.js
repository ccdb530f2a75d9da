// What htmx leaves to do for live pages: nothing moves under the reader, and what changed is said.
//
//   <div hx-get="..." hx-trigger="every 5s" data-live>   polled; swapped only when the answer differs,
//     never while the tab is hidden, a dialog or menu is open, or text is being selected or typed inside it.
//   HX-Trigger: {"announce": "2 new accounts"}           from the server: read out to screen readers.
//   data-dismiss                                          closes the message that it is in.
const last = new WeakMap();

const inUse = (element) => {
  if (document.hidden || document.querySelector("dialog[open]")) return true;
  if (element.querySelector("details.dropdown[open], [data-select]:checked")) return true;
  const active = document.activeElement;
  if (element.contains(active) && active.matches("input, textarea, select")) return true;
  const selection = getSelection();
  return Boolean(selection && !selection.isCollapsed && element.contains(selection.anchorNode));
};

const announce = (words) => {
  const region = document.getElementById("announce");
  if (region) region.textContent = words;
};

document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt } = event.detail;
  if (elt.matches("[data-live]") && inUse(elt)) event.preventDefault();
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, xhr } = event.detail;
  const live = elt.closest?.("[data-live]");
  if (!live || live !== elt) return;
  if (last.get(live) === xhr.responseText || inUse(live)) event.detail.shouldSwap = false;
  else last.set(live, xhr.responseText);
});

document.addEventListener("announce", (event) => announce(event.detail?.value ?? ""));

const offline = (off) => {
  const bar = document.getElementById("offline");
  if (bar) bar.hidden = !off;
};
document.addEventListener("htmx:sendError", () => offline(true));
document.addEventListener("htmx:afterRequest", (event) => event.detail.xhr?.status && offline(false));
addEventListener("offline", () => offline(true));
addEventListener("online", () => offline(false));

document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  const words = status === 403 ? "That is not allowed, or you were signed out. Reload the page." : `That did not work (${status}). Nothing was changed; try again.`;
  const region = document.getElementById("messages");
  if (!region || event.detail.elt.matches("[data-live]")) return;
  region.replaceChildren(Object.assign(document.createElement("p"), { className: "message error", textContent: words }));
});

document.addEventListener("click", (event) => {
  event.target.closest?.("[data-dismiss]")?.closest(".message, .notice")?.remove();
  for (const open of document.querySelectorAll("details.dropdown[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

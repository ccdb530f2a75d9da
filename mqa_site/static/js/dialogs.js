// Progressive dialogs: a link with data-modal opens the page behind it in a dialog.
//
//   <a href="/handoffs/7/pass/" data-modal>Pass to AE</a>
// The page marks what to show: <div data-modal-content>…form…</div>. Its form posts as on its own page, and the
// server answers with a redirect or that page with its errors. Without JavaScript the link is simply followed.
const modal = document.getElementById("modal");
const body = document.getElementById("modal-body");

const open = async (link) => {
  const url = new URL(link.href);
  if (url.origin !== location.origin) return false;
  const response = await fetch(url, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  if (!response.ok || response.redirected) return false;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const content = page.querySelector("[data-modal-content]");
  if (!content) return false;
  for (const form of content.querySelectorAll("form")) {
    if (!form.hasAttribute("action")) form.setAttribute("action", url.pathname + url.search);
  }
  body.replaceChildren(document.adoptNode(content));
  const title = body.querySelector("h1, h2");
  modal.setAttribute("aria-label", title?.textContent.trim() || link.textContent.trim());
  window.htmx?.process(body);
  modal.showModal();
  body.querySelector("[autofocus], input:not([type=hidden]), select, textarea, button")?.focus();
  return true;
};

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[data-modal]");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (link && modal && plain) {
    event.preventDefault();
    open(link).then((shown) => shown || location.assign(link.href), () => location.assign(link.href));
    return;
  }
  const closer = event.target.closest?.("[data-close]");
  if (closer && closer.closest("dialog")) {
    event.preventDefault();
    closer.closest("dialog").close();
  } else if (event.target instanceof HTMLDialogElement) {
    const box = event.target.getBoundingClientRect(); // a click on the backdrop lies outside the box
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
  }
});

modal?.addEventListener("close", () => body.replaceChildren());

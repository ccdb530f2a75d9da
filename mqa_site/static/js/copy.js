// <button data-copy="value">: a click copies the value and says so, in place and to screen readers.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const region = document.getElementById("announce");
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // no clipboard here (plain HTTP, or refused): select it, so that one key copies it
    getSelection()?.selectAllChildren(button);
    return;
  }
  button.dataset.copied = "";
  if (region) region.textContent = `Copied ${button.dataset.copy}`;
  setTimeout(() => delete button.dataset.copied, 1500);
});

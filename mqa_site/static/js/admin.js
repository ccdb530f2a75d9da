// Names for the controls of Django's admin that it leaves without one: cells of inlines (by their column and row), the
// halves of a date and time (by their legend), and the boxes that select2 puts in place of a field.
const words = (element) => element?.textContent.replace(/\s+/g, " ").trim().replace(/:$/, "") ?? "";

const columnOf = (control) => {
  const cell = control.closest("td");
  const row = control.closest("tr");
  if (!cell || !row) return "";
  const heads = cell.closest("table").querySelectorAll("thead th");
  const head = [...heads].find((one) => one.classList.contains(`column-${[...cell.classList].find((name) => name.startsWith("field-"))?.slice(6)}`));
  const name = words(head) || (cell.classList.contains("delete") ? "Delete" : "");
  return name && `${name}, row ${row.sectionRowIndex + 1}`;
};

const halfOf = (control) => {
  const half = control.id.match(/_([01])$/)?.[1];
  const legend = half && words(control.closest(".flex-container")?.querySelector("legend, label"));
  return legend ? `${legend}, ${half === "0" ? "date" : "time"}` : "";
};

const nameAll = (root) => {
  for (const control of root.querySelectorAll("input:not([type='hidden'], [type='submit']), select, textarea")) {
    if (control.labels?.length || control.hasAttribute("aria-label") || control.hasAttribute("aria-labelledby")) continue;
    const name = columnOf(control) || halfOf(control);
    if (name) control.setAttribute("aria-label", name);
  }
  for (const box of root.querySelectorAll(".select2-selection")) {
    const field = box.closest(".select2")?.previousElementSibling;
    const name = words(field?.labels?.[0]) || field?.getAttribute("aria-label") || "";
    if (!name) continue;
    for (const element of [box, box.querySelector("[role='textbox']")]) {
      element?.removeAttribute("aria-labelledby");
      element?.setAttribute("aria-label", name);
    }
  }
};

const start = () => {
  nameAll(document);
  document.addEventListener("formset:added", (event) => nameAll(event.target));
};
// After the admin's own, which make the boxes.
if (globalThis.django?.jQuery) django.jQuery(start);
else start();

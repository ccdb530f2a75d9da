// The buying group by mouse: a person ([data-person]) dragged onto a role ([data-role]) is put there, onto [data-out]
// is taken out of the role that it came from. What is dropped fills the form #group-drop and sends it, as the form below
// the map and its buttons do by keyboard; a click or tap on a person opens that form on them. Roles that nobody needs yet show while something is dragged.
const map = document.getElementById("group");
const form = document.getElementById("group-drop");
let dragged = null;

const spare = (shown) => {
  for (const element of map.querySelectorAll(".spare")) element.hidden = !shown;
  map.toggleAttribute("data-dragging", shown);
};
const targetOf = (event) => {
  const target = event.target.closest?.("[data-role], [data-out]");
  if (!dragged || !target || !map.contains(target)) return null;
  if ("out" in target.dataset) return dragged.dataset.from ? target : null;
  return target.dataset.role === dragged.dataset.from ? null : target;
};
const clear = () => {
  for (const element of map.querySelectorAll("[data-over]")) element.removeAttribute("data-over");
};

if (map && form) {
  for (const element of map.querySelectorAll("[data-person]")) element.draggable = true;
  map.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-person]") ?? null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.name ?? "");
    setTimeout(() => dragged && spare(true)); // a change in the same task would end the drag in Chromium
  });
  map.addEventListener("dragover", (event) => {
    const target = targetOf(event);
    clear();
    if (!target) return;
    event.preventDefault();
    target.dataset.over = "";
  });
  map.addEventListener("drop", (event) => {
    const target = targetOf(event);
    if (!target) return;
    event.preventDefault();
    const out = "out" in target.dataset;
    form.elements.contact.value = dragged.dataset.person;
    form.elements.role.value = out ? dragged.dataset.from : target.dataset.role;
    form.elements.do.value = out ? "reject" : "set";
    form.requestSubmit();
  });
  map.addEventListener("dragend", () => {
    dragged = null;
    clear();
    spare(false);
  });
  // A tap, where nothing can be dragged: the form below asks for the role.
  map.addEventListener("click", (event) => {
    const person = event.target.closest?.("[data-person]");
    const details = map.querySelector("details.put");
    if (!person || !details || event.target.closest("a, button, input") || !getSelection().isCollapsed) return;
    const [who, role] = details.querySelectorAll("select");
    who.value = person.dataset.person;
    if (!who.value) return;
    details.open = true;
    if (person.dataset.from) role.value = person.dataset.from;
    role.focus();
    role.scrollIntoView({ block: "nearest" });
  });
}

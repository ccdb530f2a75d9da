// Sets the theme before the first paint (a small blocking script), then serves the Auto / Light / Dark buttons.
// The key and its values are those of Django's admin, so that both always agree.
(() => {
  const root = document.documentElement;
  const KEY = "theme";
  const known = new Set(["auto", "light", "dark"]);

  const stored = () => {
    try {
      const value = localStorage.getItem(KEY);
      return known.has(value) ? value : "auto";
    } catch {
      return "auto"; // storage is off: the system's choice it is
    }
  };

  const show = (theme) => {
    root.dataset.theme = theme;
    for (const button of document.querySelectorAll("[data-theme-set]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeSet === theme));
    }
  };

  root.classList.add("js");
  show(stored());
  document.addEventListener("DOMContentLoaded", () => show(stored()));
  addEventListener("storage", (event) => event.key === KEY && show(stored()));
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-theme-set]");
    if (!button) return;
    try {
      localStorage.setItem(KEY, button.dataset.themeSet);
    } catch {
      // not remembered, shown all the same
    }
    show(button.dataset.themeSet);
  });
})();

// Shows what was chosen, hides the field for a mapping of one's own until it is asked for, and sends the form once.
(() => {
  "use strict";
  const form = document.querySelector("[data-import-form]");
  if (!form) return;
  const own = form.querySelector("[data-own-mapping]");
  const mapping = form.elements.mapping;
  const toggle = () => { own.hidden = mapping.value !== "own"; };
  mapping.addEventListener("change", toggle);
  toggle();

  const files = form.elements.uploads;
  const list = form.querySelector("[data-chosen-files]");
  const size = (bytes) => bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  files.addEventListener("change", () => {
    list.replaceChildren(...[...files.files].map((file) => {
      const item = document.createElement("li");
      item.textContent = `${file.name} (${size(file.size)})`;
      return item;
    }));
    list.hidden = files.files.length < 2;
  });

  form.addEventListener("submit", () => {
    const button = form.querySelector("button[type=submit]");
    button.textContent = button.dataset.sending;
    setTimeout(() => { button.disabled = true; });
  });
})();

// select2 names its box by the chosen value only; a reader has to hear which field it is as well.
(() => {
  const name = (root) => {
    for (const select of root.querySelectorAll("select.select2-hidden-accessible[id]")) {
      const label = document.querySelector(`label[for="${CSS.escape(select.id)}"]`);
      const box = select.nextElementSibling?.querySelector("[role=combobox]");
      const value = box?.querySelector(".select2-selection__rendered[id]");
      if (!label || !value) continue;
      label.id ||= `${select.id}_label`;
      box.setAttribute("aria-labelledby", `${label.id} ${value.id}`);
      value.setAttribute("aria-labelledby", label.id);
    }
  };
  // jQuery makes the boxes when it is ready, which may be after the page has loaded.
  const whenReady = (then) => (window.django?.jQuery ? window.django.jQuery(then) : then());
  window.addEventListener("load", () => {
    whenReady(() => name(document));
    // Browsers pass an autofocus by that comes before the page can be drawn.
    if (document.activeElement === document.body) document.querySelector("[autofocus]")?.focus();
  });
  document.addEventListener("focusin", (event) => event.target.matches("[data-select-on-focus]") && event.target.select());
  document.addEventListener("formset:added", (event) => setTimeout(() => name(event.target)));
})();

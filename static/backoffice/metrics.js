// Keeps the metrics that have all of the typed words. "/" leads to the box, Enter to the first match, Escape clears.
(() => {
  "use strict";
  const page = document.querySelector("[data-glossary]");
  if (!page) return;
  const form = page.querySelector("[data-glossary-search]");
  const box = form.elements.q;
  const told = page.querySelector("[data-glossary-result]");
  const none = page.querySelector("[data-glossary-none]");
  const entries = [...page.querySelectorAll("[data-words]")];
  const groups = [...page.querySelectorAll("[data-glossary-group]")];
  const links = new Map(groups.map((group) => [group, page.querySelector(`a[href="#${group.id}"]`)]));
  const isShown = (entry) => !entry.hidden;

  const filter = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const entry of entries) entry.hidden = !words.every((word) => entry.dataset.words.includes(word));
    for (const group of groups) {
      const found = entries.filter((entry) => isShown(entry) && group.contains(entry)).length;
      const link = links.get(group);
      group.hidden = link.hidden = !found;
      link.querySelector("[data-glossary-count]").textContent = found;
    }
    const shown = entries.filter(isShown).length;
    none.hidden = shown > 0;
    told.textContent = words.length
      ? page.dataset.shown.replace("%shown", shown).replace("%all", entries.length)
      : "";
  };

  const remember = () => {
    const address = new URL(location.href);
    if (box.value.trim()) address.searchParams.set("q", box.value.trim());
    else address.searchParams.delete("q");
    history.replaceState(history.state, "", address);
  };

  const search = (words) => {
    box.value = words;
    filter();
    remember();
  };

  // Another page may lead to a metric that the words leave out.
  const follow = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !page.contains(target)) return;
    if (target.closest("[hidden]")) search("");
    target.scrollIntoView();
  };

  box.addEventListener("input", () => { filter(); remember(); });
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !box.value) return;
    event.preventDefault();
    search("");
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const first = entries.find(isShown);
    if (!first) return;
    location.hash = first.id;
    first.querySelector("h3 a").focus({ preventScroll: true });
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    box.focus();
  });
  page.querySelector("[data-glossary-clear]").addEventListener("click", () => { search(""); box.focus(); });
  addEventListener("hashchange", follow);

  form.hidden = false;
  box.value = new URLSearchParams(location.search).get("q") || "";
  filter();
  if (location.hash) follow();
})();

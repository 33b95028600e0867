// The next ten runs follow what is filled in; the server works them out, as it will when they are due.
(() => {
  const FIELDS = ["report_type", "frequency", "day_of_week", "day_of_month", "time", "timezone", "timeframe"];
  const start = () => {
    const shown = document.querySelector("[data-foreseen]");
    const form = shown?.closest("form");
    if (!form || !form.elements.frequency) return;
    let asked = 0;
    let waiting;
    const ask = async () => {
      const query = new URLSearchParams(FIELDS.map((name) => [name, form.elements[name]?.value ?? ""]));
      if (form.elements.on_last_business_day?.checked) query.set("on_last_business_day", "on");
      const mine = ++asked;
      shown.setAttribute("aria-busy", "true");
      try {
        const answer = await fetch(`${shown.dataset.foreseen}?${query}`, { headers: { "X-Requested-With": "fetch" } });
        if (mine === asked && answer.ok) shown.innerHTML = await answer.text();
      } catch {
        // What stood there stays; saving says what is wrong.
      } finally {
        if (mine === asked) shown.removeAttribute("aria-busy");
      }
    };
    const soon = () => {
      clearTimeout(waiting);
      waiting = setTimeout(ask, 250);
    };
    form.addEventListener("input", soon);
    form.addEventListener("change", soon);
    // select2 tells only jQuery.
    window.django?.jQuery?.(form).on("change", "select", soon);
    if (!shown.childElementCount) ask();
  };
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();

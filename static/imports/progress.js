// Asks how far the run is, once a second while the page is seen, and loads the page anew when the run has moved on.
(() => {
  "use strict";
  const panel = document.querySelector("[data-progress-url]");
  if (!panel) return;
  const part = (name) => panel.querySelector(`[data-progress-${name}]`);
  const bar = panel.querySelector("[role=progressbar]");
  let failures = 0;

  const show = (state) => {
    if (part("stage").textContent !== state.stage) part("stage").textContent = state.stage;
    part("percent").textContent = state.percent;
    part("rows").textContent = state.rows;
    bar.setAttribute("aria-valuenow", state.percent);
    bar.firstElementChild.style.width = `${state.percent}%`;
  };

  const ask = async () => {
    if (document.hidden) return later(1000);
    try {
      const answer = await fetch(panel.dataset.progressUrl, { headers: { Accept: "application/json" } });
      if (answer.redirected || answer.status === 403 || answer.status === 404) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      const state = await answer.json();
      failures = 0;
      if (state.status !== panel.dataset.status || !state.at_work) return location.reload();
      show(state);
      return later(1000);
    } catch {
      failures += 1;
      part("stage").textContent = panel.dataset.lost;
      return later(Math.min(30000, 1000 * 2 ** failures));
    }
  };
  const later = (delay) => setTimeout(ask, delay);
  later(600);
})();

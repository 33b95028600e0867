// A page that keeps itself up to date: soon while something runs, else now and then. Only parts that differ are replaced.
const SOON = 1_500;
const LATER = 10_000;
const root = document.querySelector("[data-live]");
const parts = root.querySelector("[data-parts]");
const kept = new Map();
let etag = "";
let timer = 0;

const remember = () => parts.querySelectorAll("[data-panel]").forEach((one) => kept.set(one.dataset.panel, one.outerHTML));
const wait = () => {
  clearTimeout(timer);
  timer = setTimeout(refresh, parts.querySelector("[data-soon]") ? SOON : LATER);
};

async function refresh() {
  if (document.hidden) return wait();
  try {
    const response = await fetch(root.dataset.live || location.href, { headers: { "X-Bellwether-Part": "parts", "If-None-Match": etag } });
    if (response.redirected) return; // signed out meanwhile: the next click leads to the sign-in
    if (response.headers.has("X-Bellwether-Reload")) return location.reload();
    if (response.ok) {
      etag = response.headers.get("ETag") ?? "";
      replace(await response.text());
    }
  } catch {
    // Offline: the next attempt may do better.
  }
  wait();
}

function replace(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  const grid = parts.querySelector(".bw-grid");
  grid?.toggleAttribute("data-soon", Boolean(fresh.querySelector("[data-soon]")));
  for (const panel of fresh.querySelectorAll("[data-panel]")) {
    const key = panel.dataset.panel;
    const shown = parts.querySelector(`[data-panel="${key}"]`);
    if (!shown || kept.get(key) === panel.outerHTML) continue;
    kept.set(key, panel.outerHTML);
    if (move(shown, panel)) continue;
    const focused = [...shown.querySelectorAll("a, button, summary")].indexOf(document.activeElement);
    shown.replaceWith(document.adoptNode(panel));
    if (focused >= 0) panel.querySelectorAll("a, button, summary")[focused]?.focus({ preventScroll: true });
  }
}

// The same jobs as before: their bars glide on instead of being drawn anew.
function move(shown, panel) {
  const [before, after] = [shown, panel].map((one) => [...one.querySelectorAll("[data-running]")]);
  const keys = (jobs) => jobs.map((job) => job.dataset.running).join();
  if (!after.length || keys(before) !== keys(after)) return false;
  after.forEach((job, number) => {
    before[number].querySelector("p").innerHTML = job.querySelector("p").innerHTML;
    const [bar, moved] = [before[number], job].map((one) => one.querySelector("[role=progressbar]"));
    bar.setAttribute("aria-valuenow", moved.getAttribute("aria-valuenow"));
    bar.firstElementChild.style.width = moved.firstElementChild.style.width;
  });
  return true;
}

root.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = root.querySelector(`#${button.dataset.copy}`);
  try {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = button.dataset.copied;
  } catch {
    getSelection().selectAllChildren(text); // without a secure connection the reader copies what is marked
  }
});
document.addEventListener("visibilitychange", () => document.hidden || refresh());
remember();
wait();

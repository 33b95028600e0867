// A dashboard that changes its period without leaving, and refreshes itself without a flicker.
// The form is a form and the links are links: this file only saves the reader loading and waiting.
import { draw, resize, retheme } from "./charts.js";

const EVERY = 60_000;
const root = document.querySelector("[data-dashboard]");
const kept = new Map(); // each panel as the server wrote it
let etag = "";

const panels = () => root.querySelector("[data-panels]");

function begin() {
  document.documentElement.classList.add("bw-enhanced");
  remember(panels());
  etag = panels()?.dataset.etag ?? "";
  drawAll(root);
  listen();
  setInterval(refresh, EVERY);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  window.addEventListener("popstate", () => location.reload());
  new ResizeObserver(resize).observe(root);
  new MutationObserver(() => retheme()).observe(document.documentElement, { attributeFilter: ["class"] });
}

function remember(scope) {
  scope?.querySelectorAll("[data-panel]").forEach((panel) => kept.set(panel.dataset.panel, panel.outerHTML));
}

function drawAll(scope) {
  const notation = JSON.parse(root.dataset.notation);
  scope.querySelectorAll("[data-chart]").forEach((element) => draw(element, notation));
}

async function refresh() {
  if (document.hidden || !panels() || panels().ariaBusy === "true") return;
  try {
    const response = await fetch(location.href, { headers: { "X-Bellwether-Part": "panels", "If-None-Match": etag } });
    if (response.redirected) return; // signed out meanwhile: the next click leads to the sign-in
    const asOf = response.headers.get("X-As-Of");
    if (response.status === 304) {
      root.querySelectorAll("[data-as-of]").forEach((time) => asOf && (time.textContent = decodeURIComponent(asOf)));
    } else if (response.ok) {
      etag = response.headers.get("ETag") ?? "";
      replace(await response.text());
    }
  } catch {
    // Offline: what is shown says as of when it is.
  }
}

// Replaces only the panels that differ from what the server wrote last time; choices and open tables stay.
function replace(text) {
  const fresh = new DOMParser().parseFromString(text, "text/html");
  for (const panel of fresh.querySelectorAll("[data-panel]")) {
    const key = panel.dataset.panel;
    const shown = root.querySelector(`[data-panels] [data-panel="${key}"]`);
    if (!shown || kept.get(key) === panel.outerHTML) continue;
    kept.set(key, panel.outerHTML);
    const pressed = [...shown.querySelectorAll("[data-choice]")].findIndex((one) => one.ariaPressed === "true");
    const open = [...shown.querySelectorAll("details")].map((one) => one.open);
    const focused = [...shown.querySelectorAll("a, button, summary")].indexOf(document.activeElement);
    shown.replaceWith(document.adoptNode(panel));
    panel.querySelectorAll("details").forEach((one, number) => (one.open = open[number] ?? false));
    if (pressed > 0) choose(panel.querySelectorAll("[data-choice]")[pressed]);
    drawAll(panel);
    if (focused >= 0) panel.querySelectorAll("a, button, summary")[focused]?.focus({ preventScroll: true });
  }
}

function listen() {
  root.addEventListener("change", (event) => {
    const form = event.target.closest("[data-controls]");
    if (!form) return;
    const isOwn = form.elements.timeframe.value === "";
    form.querySelectorAll("[data-dates]").forEach((field) => field.toggleAttribute("data-optional", !isOwn));
    if (event.target.matches("[data-preset]") && !isOwn) {
      form.elements.start_date.value = form.elements.end_date.value = "";
    }
    const dated = form.elements.start_date.value && form.elements.end_date.value;
    form.querySelector("[data-apply]").classList.toggle("bw-pending", isOwn);
    if (!isOwn || (dated && !event.target.matches("[type=date]"))) submit(form);
    else if (event.target.matches("[data-preset]")) form.elements.start_date.focus();
  });
  root.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-controls]");
    if (!form) return;
    event.preventDefault();
    submit(form);
  });
  root.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-choice]");
    if (choice) return choose(choice);
    const sort = event.target.closest("[data-sort]");
    if (sort) return sortBy(sort);
  });
  document.addEventListener("click", (event) => closeMenus(event.target.closest("[data-menu]")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = root.querySelector("[data-menu][open]");
    open?.querySelector("summary").focus();
    closeMenus();
  });
  root.addEventListener("toggle", (event) => event.target.open && event.target.querySelector("input[type=search]")?.focus(), true);
  root.addEventListener("input", (event) => {
    const form = event.target.closest("[data-lookup]");
    if (form) lookUp(form, event.target.value);
  });
}

function closeMenus(except) {
  root.querySelectorAll("[data-menu][open]").forEach((menu) => menu !== except && (menu.open = false));
}

// The page of other controls is loaded whole: its head, filters and links all follow from the address.
function submit(form) {
  const asked = new URLSearchParams(new FormData(form));
  for (const [key, value] of [...asked]) if (value === "") asked.delete(key);
  panels()?.setAttribute("aria-busy", "true");
  location.assign(`${location.pathname}?${asked}`);
}

function choose(button) {
  button.parentElement.querySelectorAll("[data-choice]").forEach((one) => (one.ariaPressed = String(one === button)));
  draw(button.closest("[data-panel]").querySelector("[data-chart]"), JSON.parse(root.dataset.notation));
}

function sortBy(button) {
  const head = button.closest("th");
  const table = head.closest("table");
  const column = [...head.parentElement.children].indexOf(head);
  const isNumber = button.dataset.sort === "number";
  const falls = head.ariaSort ? head.ariaSort === "ascending" : isNumber;
  table.querySelectorAll("thead th").forEach((one) => one.removeAttribute("aria-sort"));
  head.ariaSort = falls ? "descending" : "ascending";
  const value = (row) => row.children[column].dataset.value || "";
  const compare = (a, b) =>
    isNumber || !Number.isNaN(Number(a)) ? Number(a) - Number(b) : a.localeCompare(b, undefined, { numeric: true });
  const rows = [...table.tBodies[0].rows];
  rows.sort((a, b) => {
    if (!value(a) || !value(b)) return Number(!value(a)) - Number(!value(b)); // those without a value last
    return (falls ? -1 : 1) * compare(value(a), value(b));
  });
  table.tBodies[0].append(...rows);
}

let waiting;
function lookUp(form, term) {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const response = await fetch(`${form.dataset.lookup}&term=${encodeURIComponent(term)}`);
    const { results } = response.ok ? await response.json() : { results: [] };
    const found = form.querySelector("[data-found]");
    found.replaceChildren(
      ...results.map(({ id, text }) => {
        const item = document.createElement("button");
        Object.assign(item, { className: "bw-menu-item", name: form.dataset.filter, value: id, textContent: text });
        return item;
      }),
    );
  }, 150);
}

if (root) begin();

// Pictures from JSON: where things lie. What they say was written by the server, in the organization's notation.
const drawn = new Map();
const still = matchMedia("(prefers-reduced-motion: reduce)");

export function draw(element, notation) {
  for (const [known, { chart }] of drawn) {
    if (known.isConnected) continue;
    chart.dispose();
    drawn.delete(known);
  }
  const data = JSON.parse(element.parentElement.querySelector("script[type='application/json']").textContent);
  const entry = drawn.get(element) ?? { chart: window.echarts.init(element, null, { renderer: "svg" }) };
  Object.assign(entry, { data, notation });
  drawn.set(element, entry);
  show(element, entry);
  entry.chart.off("click");
  entry.chart.on("click", ({ data: point }) => point?.link && location.assign(point.link));
}

export const resize = () => drawn.forEach(({ chart }) => chart.resize());
export const retheme = () => drawn.forEach((entry, element) => show(element, entry));

function show(element, { chart, data, notation }) {
  const style = getComputedStyle(element);
  const colour = (name) => style.getPropertyValue(`--bw-${name}`).trim();
  const look = {
    now: colour("now"), second: colour("second"), then: colour("then"), line: colour("line"), mute: colour("mute"), strong: colour("strong"),
    face: colour("face"), rise: colour("rise"), fall: colour("fall"), level: colour("level"), font: style.fontFamily,
  };
  const pressed = element.closest("[data-panel]").querySelector("[data-choice][aria-pressed='true']");
  const chosen = Number(pressed?.dataset.choice ?? 0);
  const option = FORMS[data.form](data, look, axisNumbers(notation), chosen, element.clientWidth);
  chart.setOption({ ...base(look), ...option }, true);
}

function base(look) {
  return {
    animationDuration: still.matches ? 0 : 180, animationDurationUpdate: still.matches ? 0 : 180,
    textStyle: { fontFamily: look.font, color: look.mute },
    grid: { left: 4, right: 12, top: 28, bottom: 4, containLabel: true },
  };
}

function axisNumbers({ locale }) {
  const plain = new Intl.NumberFormat(locale, { notation: "compact", maximumFractionDigits: 1 });
  const percent = new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 });
  return (unit) => (value) => unit === "percent" ? percent.format(value / 100) : plain.format(value);
}

const valueAxis = (look, label, more = {}) => ({
  type: "value", axisLabel: { color: look.mute, formatter: label }, splitLine: { lineStyle: { color: look.line } }, ...more,
});
// Shares end at 100 %: an axis that goes on would say that there could be more. It begins where the values do.
const shares = (unit, values) => {
  if (unit !== "percent" || !values.length || values.some((value) => value < 0 || value > 100)) return {};
  const span = 100 - Math.min(...values);
  const interval = [1, 2, 5, 10, 20].find((step) => span / step <= 6);
  return { max: 100, min: 100 - Math.max(1, Math.ceil(span / interval)) * interval, interval };
};
const nameAxis = (look, names, more = {}) => ({
  type: "category", data: names, axisTick: { show: false }, axisLine: { lineStyle: { color: look.line } },
  axisLabel: { color: look.mute, hideOverlap: true }, ...more,
});
const tip = (look) => ({
  backgroundColor: look.face, borderColor: look.line, textStyle: { color: look.strong, fontSize: 13 }, confine: true, transitionDuration: 0,
});
const safe = (text) => String(text).replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);

const FORMS = { lines, waterfall, quadrant, columns, stacked };

function lines(data, look, number, chosen) {
  const metric = data.metrics[chosen] ?? data.metrics[0];
  const last = metric.values.length - 1;
  const at = (value, index) => ({ value, link: metric.links[index] });
  const known = metric.values.findLastIndex((value) => value !== null);
  const solid = data.running && known > 0 ? metric.values.map((value, index) => (index >= known ? null : value)) : metric.values;
  const dashed = data.running && known > 0 ? metric.values.map((value, index) => (index >= known - 1 ? value : null)) : [];
  const symbol = last > 62 ? "none" : "circle";
  const common = { type: "line", symbolSize: 5, symbol, showSymbol: last < 32, connectNulls: false, emphasis: { disabled: true } };
  const series = [
    { ...common, name: data.now, data: solid.map(at), lineStyle: { width: 2.2, color: look.now }, itemStyle: { color: look.now }, z: 3 },
    { ...common, name: data.now, data: dashed.map(at), lineStyle: { width: 2, type: "dashed", color: look.now }, itemStyle: { color: look.now }, z: 3 },
  ];
  if (data.earlier) {
    series.unshift({
      ...common, name: data.earlier, data: metric.earlier, showSymbol: false, lineStyle: { width: 1.2, color: look.then },
      itemStyle: { color: look.then }, areaStyle: { color: look.then, opacity: 0.08 }, z: 2,
    });
  }
  return {
    series,
    legend: { top: 0, left: 0, itemWidth: 18, itemHeight: 3, icon: "rect", textStyle: { color: look.mute }, data: [...new Set(series.map(({ name }) => name))] },
    xAxis: nameAxis(look, data.labels, { boundaryGap: last < 1 }),
    yAxis: valueAxis(look, number(metric.unit)),
    tooltip: {
      ...tip(look), trigger: "axis",
      formatter: ([{ dataIndex: index }]) =>
        `<strong>${safe(data.titles[index])}</strong><br>${safe(metric.label)}: <strong>${safe(metric.exact[index])}</strong>` +
        (data.earlier ? `<br>${safe(data.earlier)}: ${safe(metric.earlier_exact[index])}` : ""),
    },
  };
}

function columns(data, look, number, chosen, width) {
  const metric = data.metrics[chosen] ?? data.metrics[0];
  const isTight = width / metric.labels.length < 16 + 7 * Math.max(...metric.labels.map(({ length }) => length));
  return {
    series: [{
      type: "bar", barMaxWidth: 48, itemStyle: { color: look.now, borderRadius: [3, 3, 0, 0] },
      data: metric.values.map((value, index) => ({ value, link: metric.links[index] })),
    }],
    xAxis: nameAxis(look, metric.labels, { axisLabel: { color: look.mute, interval: 0, rotate: isTight ? 45 : 0, fontSize: isTight ? 11 : 12 } }),
    yAxis: valueAxis(look, number(metric.unit)),
    tooltip: {
      ...tip(look), trigger: "axis", axisPointer: { type: "shadow" },
      formatter: ([{ dataIndex: index }]) => `<strong>${safe(metric.titles[index])}</strong><br>${safe(metric.label)}: <strong>${safe(metric.exact[index])}</strong>`,
    },
  };
}

function stacked(data, look, number) {
  const colours = [look.now, look.second];
  return {
    series: data.metrics.map((metric, place) => ({
      type: "bar", stack: "all", barMaxWidth: 48, name: metric.label, itemStyle: { color: colours[place] },
      data: metric.values.map((value, index) => ({ value, link: metric.links[index] })),
    })),
    legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 12, icon: "roundRect", textStyle: { color: look.mute } },
    xAxis: nameAxis(look, data.labels),
    yAxis: valueAxis(look, number(data.metrics[0].unit)),
    tooltip: {
      ...tip(look), trigger: "axis", axisPointer: { type: "shadow" },
      formatter: ([{ dataIndex: index }]) =>
        `<strong>${safe(data.titles[index])}</strong>` +
        data.metrics.map(({ label, exact }) => `<br>${safe(label)}: <strong>${safe(exact[index])}</strong>`).join(""),
    },
  };
}

function waterfall(data, look, number, _chosen, width) {
  const colours = { level: look.level, up: look.rise, down: look.fall };
  const low = data.steps.map(({ from, to }) => Math.min(from, to));
  return {
    series: [
      { type: "bar", stack: "way", stackStrategy: "all", silent: true, itemStyle: { color: "transparent" }, data: low },
      {
        type: "bar", stack: "way", stackStrategy: "all", barMaxWidth: 64,
        data: data.steps.map((step) => ({ value: Math.abs(step.to - step.from), link: step.link, itemStyle: { color: colours[step.kind], borderRadius: 2 } })),
        label: { show: width > 560, position: "top", color: look.strong, formatter: ({ dataIndex }) => data.steps[dataIndex].exact, fontSize: 11 },
        labelLayout: { hideOverlap: true },
      },
    ],
    xAxis: nameAxis(look, data.steps.map(({ label }) => label), {
      axisLabel: { color: look.mute, interval: 0, overflow: "break", width: Math.max(44, width / data.steps.length - 14), rotate: width < 480 ? 60 : 0, hideOverlap: width >= 480, fontSize: 11 },
    }),
    yAxis: valueAxis(look, number("money")),
    tooltip: { ...tip(look), trigger: "item", formatter: ({ dataIndex: index }) => `<strong>${safe(data.steps[index].label)}</strong><br>${safe(data.steps[index].exact)}` },
  };
}

function quadrant(data, look, number) {
  const middle = [...data.points].map(({ x }) => x).sort((a, b) => a - b)[Math.floor(data.points.length / 2)];
  const largest = Math.max(1, ...data.points.map(({ size }) => size));
  const guides = [{ xAxis: middle }, ...(data.line === null ? [] : [{ yAxis: data.line }])];
  return {
    grid: { left: 8, right: 24, top: 24, bottom: 28, containLabel: true },
    series: [{
      type: "scatter",
      data: data.points.map((point) => ({ ...point, value: [point.x, point.y] })),
      symbolSize: (_value, { data: point }) => 8 + 26 * Math.sqrt(point.size / largest),
      itemStyle: { color: look.now, opacity: 0.7, borderColor: look.face, borderWidth: 1 },
      label: { show: data.points.length <= 24, formatter: ({ data: point }) => point.name, position: "right", color: look.mute, fontSize: 11 },
      labelLayout: { hideOverlap: true },
      markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: look.then, type: "dashed" }, data: guides },
    }],
    xAxis: valueAxis(look, number(data.units[0]), { name: data.across, nameLocation: "middle", nameGap: 28, nameTextStyle: { color: look.mute }, scale: false, ...shares(data.units[0], data.points.map(({ x }) => x)) }),
    yAxis: valueAxis(look, number(data.units[1]), { name: data.up, nameTextStyle: { color: look.mute, align: "left" }, scale: true, ...shares(data.units[1], data.points.map(({ y }) => y)) }),
    tooltip: { ...tip(look), trigger: "item", formatter: ({ data: point }) => `<strong><bdi>${safe(point.name)}</bdi></strong><br>${point.exact.map(safe).join("<br>")}` },
  };
}

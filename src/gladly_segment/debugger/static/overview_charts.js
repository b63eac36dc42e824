// The overview's charts: drawn from the page's own table, with one cursor, and zoom by dragging.

import uPlot from "./uPlot.esm.js";

const VALUES = ["delivered", "suppressed", "ignored", "parked", "dropped", "waiting", "p50", "p95", "p99"];
const STACK = VALUES.slice(0, 6);
const DASHES = { p95: [6, 4], p99: [2, 3] };
const LEAST_ZOOM_S = 60;
const MARKS_MS = [1, 10, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000, 360_000_000];

/** Read the table: the starts of its steps, and each value by name. */
function read() {
  const table = document.getElementById("spans");
  const rows = [...table.rows];
  const cells = rows.map((row) => row.dataset.values.trim().split(",").map((cell) => (cell === "" ? null : Number(cell))));
  return {
    step: Number(table.dataset.step),
    until: Number(table.dataset.until),
    starts: rows.map((row) => Number(row.dataset.start)),
    of: Object.fromEntries(VALUES.map((name, place) => [name, cells.map((row) => row[place])])),
  };
}

// Colours: those of the swatches, which follow the theme.
function colour(name) {
  return getComputedStyle(document.querySelector(`.swatch.${name}`)).color;
}

function ink(element, property) {
  return getComputedStyle(element)[property];
}

// Numbers and times.
const compact = new Intl.NumberFormat(undefined, { notation: "compact" });
const plain = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hour12: false });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

function duration(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${+(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${+(ms / 60_000).toFixed(1)} min`;
  return `${+(ms / 3_600_000).toFixed(1)} h`;
}

function moments(_, splits, __, ___, increment) {
  let before = "";
  return splits.map((at) => {
    const date = new Date(at * 1_000);
    const today = day.format(date);
    const text = increment >= 86_400 ? today : clock.format(date);
    const shown = increment < 86_400 && today !== before ? `${text}\n${today}` : text;
    before = today;
    return shown;
  });
}

/** Find the step in which a moment is. */
function stepAt(plot, _, __, at) {
  const starts = plot.data[0];
  let place = 0;
  while (place + 1 < starts.length && starts[place + 1] <= at) place += 1;
  return place;
}

// Charts.
function stacked({ starts, of }) {
  const sums = [];
  let below = starts.map(() => 0);
  for (const name of STACK) {
    below = below.map((sum, place) => sum + of[name][place]);
    // What is not there is not drawn: its edges would show around what is drawn over it.
    sums.unshift(below.map((sum, place) => (of[name][place] ? sum : null)));
  }
  return [starts, ...sums];
}

/** Steps last until the next begins, the last one until the end. */
function lines(names, { starts, until, of }) {
  return [[...starts, until], ...names.map((name) => [...of[name], of[name].at(-1) ?? null])];
}

const KINDS = {
  events: {
    data: stacked,
    names: STACK,
    series: [...STACK].reverse().map((name) => ({
      fill: () => colour(name), width: 0, points: { show: false },
      paths: uPlot.paths.bars({ size: [0.9, Infinity], align: 1 }),
    })),
    values: (value) => plain.format(value ?? 0),
  },
  trouble: {
    names: ["waiting", "parked", "dropped"],
    values: (value) => plain.format(value ?? 0),
  },
  latency: {
    names: ["p50", "p95", "p99"],
    values: duration,
    ticks: duration,
    scale: {
      distr: 3,
      range: (_, least, most) => (least === null ? [10, 10_000] : uPlot.rangeLog(Math.max(1, least), Math.max(10, most), 10, true)),
    },
    splits: (_, __, least, most) => MARKS_MS.filter((each) => each >= least && each <= most),
    points: { show: true, size: 5, filter: alone },
  },
};

/** Steps between steps without a value have no line of their own: they are shown as a point. */
function alone(plot, series) {
  const values = plot.data[series];
  const is = (place) => values[place] !== null && values[place] !== undefined;
  return values.flatMap((_, place) => (is(place) && !is(place - 1) && !is(place + 1) ? [place] : []));
}

function line(name, points) {
  return {
    stroke: () => colour(name), width: 2, dash: DASHES[name], points: points ?? { show: false },
    paths: uPlot.paths.stepped({ align: 1 }),
  };
}

function axes(element, ticks, splits) {
  const common = {
    stroke: () => ink(element, "color"),
    grid: { stroke: () => ink(element, "borderTopColor"), width: 1 },
    ticks: { stroke: () => ink(element, "borderTopColor"), width: 1 },
  };
  return [
    { ...common, values: moments, space: 70, size: 44 },
    { ...common, size: 64, ...(splits && { splits }), values: (_, splits) => splits.map((each) => (each === null ? "" : ticks(each))) },
  ];
}

function draw(figure) {
  const kind = KINDS[figure.dataset.chart];
  const element = figure.querySelector(".plot");
  const make = kind.data ?? ((table) => lines(kind.names, table));
  let table = read();
  const plot = new uPlot({
    width: element.clientWidth,
    height: element.clientHeight,
    legend: { show: false },
    scales: {
      x: { time: true, range: () => [table.starts[0], table.until] },
      y: kind.scale ?? { range: (_, __, most) => [0, Math.max(1, most ?? 1) * 1.05] },
    },
    series: [{}, ...(kind.series ?? kind.names.map((name) => line(name, kind.points)))],
    axes: axes(element, kind.ticks ?? ((value) => (Number.isInteger(value) ? compact.format(value) : "")), kind.splits),
    cursor: {
      y: false,
      points: { show: false },
      sync: { key: "overview" },
      drag: { x: true, y: false, setScale: false },
      dataIdx: stepAt,
      bind: { dblclick: () => () => document.querySelector("[data-wider]")?.click() },
    },
    hooks: {
      setCursor: [() => tell()],
      setSelect: [(self) => {
        const { left, width } = self.select;
        if (width > 0) zoom(self.posToVal(left, "x"), self.posToVal(left + width, "x"), table);
      }],
    },
  }, make(table), element);

  /** Say in the legend what is under the cursor. */
  function tell() {
    const { idx, left } = plot.cursor;
    for (const output of figure.querySelectorAll("output")) {
      const there = left >= 0 && idx !== null && idx !== undefined && idx < table.starts.length;
      output.value = there ? kind.values(table.of[output.dataset.of][idx]) : "";
    }
  }

  new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: element.clientHeight })).observe(element);
  return {
    update() {
      table = read();
      plot.setData(make(table));
      tell();
    },
    redraw: () => plot.redraw(),
  };
}

// Zoom: another address, so that it can be kept, sent and left again.
function minute(seconds) {
  return new Date(seconds * 1_000).toISOString().replace(".000Z", "Z");
}

let leaving = false;

/** Tell whether another page was asked for. */
export const isLeaving = () => leaving;

function zoom(from, to, { starts, step, until }) {
  if (leaving) return;
  leaving = true;
  const snap = (at, round) => starts[0] + round((at - starts[0]) / step) * step;
  const since = Math.max(starts[0], snap(from, Math.floor));
  const end = Math.max(since + LEAST_ZOOM_S, Math.min(until, snap(to, Math.ceil)));
  const address = new URL(location.href);
  address.searchParams.delete("range");
  address.searchParams.set("since", minute(since));
  address.searchParams.set("until", minute(end));
  location.assign(address);
}
addEventListener("pageshow", () => { leaving = false; });

/** Draw all charts of the page; give a function that draws them anew from the table as it is then. */
export function drawCharts() {
  const charts = [...document.querySelectorAll("[data-chart]")].map(draw);
  const redraw = () => { for (const chart of charts) chart.redraw(); };
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  return () => { for (const chart of charts) chart.update(); };
}

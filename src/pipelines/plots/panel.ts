/** One diagram with its axes: bars, lines or points. */
import { at, colorOf, type Drawing, escaped } from "../../core/svg.ts";
import { type Axis, place } from "./axis.ts";

export interface Bar {
  from: number;
  to: number;
  count: number;
}

export interface Line {
  name: string;
  points: readonly { x: number; y: number; label?: string }[];
}

export interface Dot {
  x: number;
  y: number;
  group: number;
  label: string;
}

interface Common {
  title: string;
  /** A line under the title. */
  note?: string;
  x: Axis;
  y: Axis;
}

export type Panel = Common &
  (
    | { kind: "bars"; bars: readonly Bar[]; marks: readonly { x: number; label: string }[] }
    | { kind: "lines"; lines: readonly Line[] }
    | { kind: "dots"; dots: readonly Dot[]; groups: readonly string[] }
  );

const WIDTH = 760;
const LEFT = 74;
const RIGHT = 30;
const TOP = 58;
const BOTTOM = 52;
const PLOT = { lines: 210, bars: 210, dots: 520 } as const;
const LEGEND_ROW = 18;
const GAP = 18;

/** All panels under each other, as one drawing. */
export function drawingOf(title: string, description: string, panels: readonly Panel[]): Drawing {
  let y = 0;
  const parts = panels.map((panel) => {
    const top = y;
    y += heightOf(panel);
    return `<g transform="translate(0 ${top})">${bodyOf(panel)}</g>`;
  });
  return { width: WIDTH, height: y, title, description, body: parts.join("") };
}

function heightOf(panel: Panel): number {
  return TOP + PLOT[panel.kind] + BOTTOM + legendOf(panel).length * LEGEND_ROW + GAP;
}

/** Names of what has a colour; one thing alone needs none. */
function legendOf(panel: Panel): readonly string[] {
  if (panel.kind === "dots") return panel.groups;
  return panel.kind === "lines" && panel.lines.length > 1 ? panel.lines.map(({ name }) => name) : [];
}

interface Space {
  x(value: number): number;
  y(value: number): number;
}

function bodyOf(panel: Panel): string {
  const height = PLOT[panel.kind];
  const width = WIDTH - LEFT - RIGHT;
  const space: Space = {
    x: (value) => LEFT + place(panel.x, value) * width,
    y: (value) => TOP + (1 - place(panel.y, value)) * height,
  };
  const parts = [heading(panel), ...axes(panel, space, height)];
  if (panel.kind === "bars") parts.push(...bars(panel, space), ...marks(panel, space, height));
  else if (panel.kind === "lines") parts.push(...panel.lines.map((line, i) => lineOf(line, i, space)));
  else parts.push(...panel.dots.map((dot) => marker(dot.group, space.x(dot.x), space.y(dot.y), dot.label)));
  const below = TOP + height + BOTTOM;
  legendOf(panel).forEach((name, i) => {
    const y = below + i * LEGEND_ROW;
    const sample = panel.kind === "lines" ? `<path ${stroke(i)} d="M${LEFT - 6} ${y}h22"/>` : marker(i, LEFT + 6, y);
    parts.push(sample, `<text x="${LEFT + 20}" y="${y + 4}">${escaped(name)}</text>`);
  });
  return parts.join("");
}

function heading({ title, note }: Panel): string {
  const under = note === undefined ? "" : `<text class="quiet" x="12" y="42">${escaped(note)}</text>`;
  return `<text class="title" x="12" y="24">${escaped(title)}</text>${under}`;
}

function axes({ x, y }: Panel, space: Space, height: number): string[] {
  const [bottom, right] = [TOP + height, WIDTH - RIGHT];
  const horizontal = y.ticks.map(({ value, text }) => {
    const line = at(space.y(value));
    return `<path class="grid" d="M${LEFT} ${line}H${right}"/><text class="quiet" x="${LEFT - 8}" y="${at(space.y(value) + 4)}" text-anchor="end">${text}</text>`;
  });
  const vertical = x.ticks.map(({ value, text }) => {
    const line = at(space.x(value));
    return `<path class="axis" d="M${line} ${bottom}v4"/><text class="quiet" x="${line}" y="${bottom + 18}" text-anchor="middle">${text}</text>`;
  });
  const middle = TOP + height / 2;
  return [
    ...horizontal,
    ...vertical,
    `<path class="axis" fill="none" d="M${LEFT} ${TOP}V${bottom}H${right}"/>`,
    `<text x="${(LEFT + right) / 2}" y="${bottom + 37}" text-anchor="middle">${escaped(x.label)}</text>`,
    `<text transform="translate(16 ${middle}) rotate(-90)" text-anchor="middle">${escaped(y.label)}</text>`,
  ];
}

function bars({ bars, x, y }: Extract<Panel, { kind: "bars" }>, space: Space): string[] {
  return bars
    .filter(({ count }) => count > 0)
    .map(({ from, to, count }) => {
      const [left, right] = [space.x(from), space.x(to)];
      const top = Math.min(space.y(count), space.y(y.from) - 1);
      const told = `${rangeText(from, to, x)}: ${count.toLocaleString("en-US")}`;
      return `<rect class="bar" x="${at(left + 0.5)}" y="${at(top)}" width="${at(Math.max(1, right - left - 1))}" height="${at(space.y(y.from) - top)}"><title>${escaped(told)}</title></rect>`;
    });
}

/** The values of a bar in the words of its axis, which may count doublings. */
function rangeText(from: number, to: number, { ticks }: Axis): string {
  const text = (value: number) => ticks.find((tick) => tick.value === value)?.text ?? value.toLocaleString("en-US");
  return `${text(from)} to ${text(to)}`;
}

function marks({ marks: lines }: Extract<Panel, { kind: "bars" }>, space: Space, height: number): string[] {
  return lines.map(({ x, label }) => {
    const line = at(space.x(x));
    return `<path class="mark" d="M${line} ${TOP - 4}V${TOP + height}"/><text class="quiet" x="${at(space.x(x) - 5)}" y="${TOP + 8}" text-anchor="end">${escaped(label)}</text>`;
  });
}

function lineOf({ points }: Line, index: number, space: Space): string {
  const path = points.map(({ x, y }, i) => `${i === 0 ? "M" : "L"}${at(space.x(x))} ${at(space.y(y))}`).join("");
  const dots = points.filter(({ label }) => label !== undefined);
  return `<path ${stroke(index)} d="${path}"/>${dots
    .map(({ x, y, label }) => marker(index, space.x(x), space.y(y), label))
    .join("")}`;
}

/** Dashes as well as colours tell lines apart. */
const DASHES = ["", "8 3", "2 3", "10 3 2 3", "5 5", "1 2", "12 4", "8 2 2 2 2 2"];

function stroke(index: number): string {
  const dashes = DASHES[index % DASHES.length]!;
  const dashed = dashes === "" ? "" : ` stroke-dasharray="${dashes}"`;
  return `fill="none" stroke="${colorOf(index)}" stroke-width="2" stroke-linejoin="round"${dashed}`;
}

/** Shapes as well as colours tell groups apart. Each is drawn about the origin, 4 units wide to each side. */
const SHAPES = [
  "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
  "M-3.5 -3.5h7v7h-7z",
  "M0 -4.5L4.2 3.2H-4.2z",
  "M0 -5L5 0L0 5L-5 0z",
  "M-1.5 -4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
  "M0 4.5L4.2 -3.2H-4.2z",
  "M-4.5 -1.5h9v3h-9z",
  "M-1.5 -4.5h3v9h-3z",
];

function marker(group: number, x: number, y: number, label?: string): string {
  const told = label === undefined ? "" : `<title>${escaped(label)}</title>`;
  const shape = SHAPES[group % SHAPES.length]!;
  return `<path d="${shape}" transform="translate(${at(x)} ${at(y)})" fill="${colorOf(group)}" fill-opacity=".8">${told}</path>`;
}

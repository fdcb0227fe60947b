// Takes ink apart, and puts together what is one digit.
import { sideOf } from './gray.js';

const DUST_SHARE = 30, SLIVER_SHARE = 0.02, LEAST_PEAK = 128, TALL = 0.5, BESIDE = 0.25;
const div = (a, b) => Math.trunc(a / b);

// The parts in the order of their first pixels. Pixels touch at sides and corners.
export function partsOf({ pixels, width, height }) {
  const labels = new Int32Array(pixels.length), parts = [], open = [];
  for (let start = 0; start < labels.length; start++) {
    if (pixels[start] === 0 || labels[start] !== 0) {
      continue;
    }
    const label = parts.length + 1;
    const part = {
      left: Infinity, top: Infinity, right: 0, bottom: 0, size: 0, peak: 0,
      holds: (x, y) => labels[y * width + x] === label,
    };
    parts.push(part);
    const visit = at => {
      if (pixels[at] !== 0 && labels[at] === 0) {
        labels[at] = label;
        open.push(at);
      }
    };
    visit(start);
    while (open.length) {
      const at = open.pop(), y = div(at, width), x = at % width;
      part.size++;
      part.peak = Math.max(part.peak, pixels[at]);
      [part.left, part.right] = [Math.min(part.left, x), Math.max(part.right, x + 1)];
      [part.top, part.bottom] = [Math.min(part.top, y), Math.max(part.bottom, y + 1)];
      for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
        for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          visit(ny * width + nx);
        }
      }
    }
    [part.width, part.height] = [part.right - part.left, part.bottom - part.top];
  }
  return parts;
}

export const largestOf = parts => parts.reduce((best, part) => !best || part.size > best.size ? part : best, null);

// The parts but for dust, and for slivers at the picture's border.
export function withoutDust(parts, ink) {
  const largest = largestOf(parts)?.size ?? 0;
  const isSliver = part => (part.left === 0 || part.top === 0 || part.right === ink.width || part.bottom === ink.height)
    && Math.min(part.width, part.height) <= SLIVER_SHARE * sideOf(ink);
  return parts.filter(part => part.size * DUST_SHARE >= largest && part.peak >= LEAST_PEAK
    && (part.size === largest || !isSliver(part)));
}

export function boundsOf(parts) {
  const box = {
    left: Math.min(...parts.map(part => part.left)), top: Math.min(...parts.map(part => part.top)),
    right: Math.max(...parts.map(part => part.right)), bottom: Math.max(...parts.map(part => part.bottom)),
  };
  return { ...box, width: box.right - box.left, height: box.bottom - box.top };
}

function areOne(a, b, unit) {
  const gapX = Math.max(a.left, b.left) - Math.min(a.right, b.right);
  const gapY = Math.max(a.top, b.top) - Math.min(a.bottom, b.bottom);
  const bothTall = a.height >= TALL * unit && b.height >= TALL * unit;
  return -gapX >= 0.25 * Math.min(a.width, b.width)
    ? gapY <= (bothTall ? 0.1 : 0.35) * unit
    : gapX <= (bothTall ? 0.06 : 0.2) * unit && gapY <= 0.2 * unit;
}

const areBeside = (a, b) =>
  Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > BESIDE * Math.min(a.height, b.height);

// Line by line from the top, each from left to right.
function inReadingOrder(digits) {
  let lines = [];
  for (const digit of digits) {
    const box = boundsOf(digit);
    const beside = lines.filter(line => line.some(other => areBeside(other.box, box)));
    lines = lines.filter(line => !beside.includes(line));
    lines.push([...beside.flat(), { box, digit }]);
  }
  const middle = line => line.reduce((sum, { box }) => sum + (box.top + box.bottom) / 2, 0) / line.length;
  return lines.sort((a, b) => middle(a) - middle(b))
    .flatMap(line => line.sort((a, b) => a.box.left - b.box.left).map(one => one.digit));
}

// The parts of each digit: those above each other, or so near that a pen only left the paper.
export function digitsOf(parts) {
  if (!parts.length) {
    return [];
  }
  const [tall, wide] = ['height', 'width'].map(side => Math.max(...parts.map(part => part[side])));
  const unit = Math.max(tall, div(wide, 2));
  let group = parts.map((_, i) => i);
  for (let i = 0; i < parts.length; i++) {
    for (let j = 0; j < i; j++) {
      if (areOne(parts[i], parts[j], unit)) {
        const [from, to] = [group[i], group[j]];
        group = group.map(other => other === from ? to : other);
      }
    }
  }
  const members = new Map();
  group.forEach((id, i) => members.set(id, [...members.get(id) ?? [], parts[i]]));
  let digits = [...members.values()];
  const tallest = Math.max(...digits.map(digit => boundsOf(digit).height));
  const many = digits.length > 1;
  digits = digits.filter(digit => !(boundsOf(digit).height < 0.45 * tallest && many));
  return inReadingOrder(digits);
}

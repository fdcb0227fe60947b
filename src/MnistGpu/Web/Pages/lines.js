// Takes away what is printed: boxes around digits, and the lines of ruled and squared paper.
import { empty, copyOf, transposed, sideOf, rounded } from './gray.js';
import { partsOf, largestOf } from './parts.js';

const LEAST_SIDE = 64, SIDE_SHARE = 0.9, BAND = 0.06, LEAST_PANEL = 0.4, LEAST_DIGIT = 0.25;
const LINE_SHARE = 0.7, LINE_SHARE_AMONG_MANY = 0.5, MOST_SLOPE = 0.08, PLAY = 2;
const div = (a, b) => Math.trunc(a / b);
const ascending = (a, b) => a - b;

function lookAt(part, length, depth, at) {
  const is = (i, j) => part.holds(...at(i, j));
  const ends = [], thick = [];
  for (let i = 0; i < length; i++) {
    let start = 0;
    while (start < depth && !is(i, start)) {
      start++;
    }
    let end = start;
    while (start < depth && end < start + depth && is(i, end)) {
      end++;
    }
    ends.push(end);
    if (start < depth) {
      thick.push(end - start);
    }
  }
  if (thick.length < SIDE_SHARE * length) {
    return null;
  }
  thick.sort(ascending);
  const ended = [...ends].sort(ascending);
  return { at, ends, usualEnd: ended[div(ended.length * 9, 10)], thickness: thick[div(thick.length, 2)], depth };
}

// Left, right, upper and lower side of the box around a part; null where there is no line.
function sidesOf(part) {
  const depth = Math.max(4, Math.trunc(BAND * Math.max(part.width, part.height)));
  return Math.min(part.width, part.height) < 4 * depth ? [null] : [
    lookAt(part, part.height, depth, (i, j) => [part.left + j, part.top + i]),
    lookAt(part, part.height, depth, (i, j) => [part.right - 1 - j, part.top + i]),
    lookAt(part, part.width, depth, (i, j) => [part.left + i, part.top + j]),
    lookAt(part, part.width, depth, (i, j) => [part.left + i, part.bottom - 1 - j]),
  ];
}

function insideOf(ink, part) {
  const sides = sidesOf(part);
  if (!sides.every(side => side && side.thickness < side.depth)) {
    return null;
  }
  const inside = empty(ink.width, ink.height);
  for (let y = part.top; y < part.bottom; y++) {
    const row = y * ink.width;
    inside.pixels.set(ink.pixels.subarray(row + part.left, row + part.right), row + part.left);
  }
  for (const side of sides) {
    side.ends.forEach((end, i) => {
      for (let j = 0; j < Math.min(end, side.usualEnd + side.thickness); j++) {
        const [x, y] = side.at(i, j);
        inside.pixels[y * ink.width + x] = 0;
      }
    });
  }
  return inside;
}

// The ink in a box; the ink itself where there is no box.
export function withoutFrame(ink) {
  if (Math.min(ink.width, ink.height) < LEAST_SIDE) {
    return ink;
  }
  const parts = partsOf(ink).sort((a, b) => b.width * b.height - a.width * a.height).slice(0, 3);
  for (const part of parts) {
    const inside = insideOf(ink, part), rest = inside ? partsOf(inside) : [];
    if (rest.length && Math.max(...rest.map(r => Math.max(r.width, r.height)))
      >= LEAST_DIGIT * Math.max(part.width, part.height)) {
      return inside;
    }
  }
  return ink;
}

// A filled rectangle that may have a digit in it; null where there is none.
export function panelIn(ink) {
  const part = Math.min(ink.width, ink.height) < LEAST_SIDE ? null : largestOf(partsOf(ink));
  return part && Math.min(part.width, part.height) >= LEAST_PANEL * Math.min(ink.width, ink.height)
    && sidesOf(part).every(side => side && side.thickness >= side.depth)
    ? { left: part.left + 2, top: part.top + 2, right: part.right - 2, bottom: part.bottom - 2 } : null;
}

// How many pixels of ink lie on each line of a slope; the first starts above the picture.
function countsAlong(rows, height, drop, above) {
  const counts = new Int32Array(height + 2 * above);
  rows.forEach((column, x) => {
    const down = div(drop * x, rows.length) - above;
    for (const y of column) {
      if (y - down >= 0 && y - down < counts.length) {
        counts[y - down]++;
      }
    }
  });
  return counts;
}

function neighbours(rows) {
  const near = [];
  for (const row of rows) {
    for (let y = row - 1; y <= row + 1; y++) {
      if (!near.length || near.at(-1) < y) {
        near.push(y);
      }
    }
  }
  return near;
}

function columnsInside(start, slope, width, height) {
  let inside = 0;
  for (let x = 0; x < width; x++) {
    inside += start + slope * x >= 0 && start + slope * x <= height - 1 ? 1 : 0;
  }
  return inside;
}

// The parallel lines that run through the picture: where each starts, and its slope.
function linesIn({ pixels, width, height }) {
  const sink = Math.trunc(MOST_SLOPE * width);
  const rows = Array.from({ length: width }, (_, x) => {
    const column = [];
    for (let y = 0; y < height; y++) {
      if (pixels[y * width + x] > 0) {
        column.push(y);
      }
    }
    return column;
  });
  let [best, most] = [0, 0];
  for (let drop = -sink; drop <= sink; drop++) {
    let sharpness = 0;
    for (const count of countsAlong(rows, height, drop, 0)) {
      const over = Math.max(0, count - 0.5 * width);
      sharpness += over * over;
    }
    if (sharpness > most) {
      [best, most] = [drop, sharpness];
    }
  }
  if (most === 0) {
    return [];
  }
  const counts = countsAlong(rows, height, best, sink), near = countsAlong(rows.map(neighbours), height, best, sink);
  const slope = best / width;
  const found = (i, share) => {
    const inside = columnsInside(i - sink, slope, width, height);
    return inside >= 0.3 * width && near[i] >= share * inside && counts[i] >= 0.5 * share * inside;
  };
  const collect = share => {
    const lines = [];
    for (let i = 0; i < counts.length; i++) {
      let fullest = i;
      const from = i;
      for (; i < counts.length && found(i, share); i++) {
        fullest = counts[i] > counts[fullest] ? i : fullest;
      }
      if (i > from) {
        lines.push({ start: fullest - sink, slope });
      }
    }
    return lines;
  };
  let lines = collect(LINE_SHARE);
  lines = lines.length >= 3 ? collect(LINE_SHARE_AMONG_MANY) : lines;
  return lines.some(line => columnsInside(line.start, slope, width, height) === width) ? lines : [];
}

// The ink through or next to a pixel of a column; empty where there is none.
function spanAt({ pixels, width, height }, x, y) {
  const isInk = row => pixels[row * width + x] > 0;
  for (let off = 0; off <= PLAY; off++) {
    for (const at of [y - off, y + off]) {
      if (at < 0 || at >= height || !isInk(at)) {
        continue;
      }
      let top = at, bottom = at + 1;
      while (top > 0 && isInk(top - 1)) {
        top--;
      }
      while (bottom < height && isInk(bottom)) {
        bottom++;
      }
      return { top, length: bottom - top };
    }
  }
  return { top: 0, length: 0 };
}

// A line's ink in each column; a line that bends slowly is followed.
function follow(ink, { start, slope }) {
  let drift = 0;
  return Array.from({ length: ink.width }, (_, x) => {
    const expected = start + slope * x + drift, span = spanAt(ink, x, rounded(expected));
    if (span.length > 0 && span.length <= 2 * PLAY + 2) {
      drift += 0.1 * (span.top + (span.length - 1) / 2 - expected);
      drift = Math.min(PLAY + 1, Math.max(-PLAY - 1, drift));
    }
    return span;
  });
}

// Clears what lies along a line and is not much thicker.
function clearRests(ink, lines, thickest) {
  for (const part of partsOf(ink).filter(p => p.height <= 3 * thickest + 2 * PLAY + 0.08 * p.width)) {
    const held = [];
    let near = 0;
    for (let y = part.top; y < part.bottom; y++) {
      for (let x = part.left; x < part.right; x++) {
        if (part.holds(x, y)) {
          held.push(y * ink.width + x);
          near += lines.some(line => Math.abs(line.start + line.slope * x - y) <= thickest + PLAY) ? 1 : 0;
        }
      }
    }
    if (near >= 0.8 * part.size) {
      held.forEach(at => { ink.pixels[at] = 0; });
    }
  }
}

function clearedAlong(ink, ruled) {
  const lines = linesIn(ink);
  if (!lines.length) {
    return ink;
  }
  const cleared = copyOf(ink), most = Math.max(4, div(ink.height, 40));
  let thickest = 0;
  for (const line of lines) {
    const spans = follow(ink, line);
    const thick = spans.map(span => span.length).filter(length => length > 0).sort(ascending);
    const usual = thick.length ? thick[div(thick.length, 2)] : 0;
    if (usual > most) {
      continue;
    }
    thickest = Math.max(thickest, usual);
    spans.forEach(({ top, length }, x) => {
      for (let y = top; length <= usual + Math.max(2, div(usual, 2)) && y < top + length; y++) {
        cleared.pixels[y * ink.width + x] = 0;
      }
    });
  }
  clearRests(cleared, lines, thickest);
  const alone = lines.length === 1 && !ruled, rest = largestOf(partsOf(cleared));
  return alone && (!rest || Math.max(rest.width, rest.height) < 0.08 * sideOf(ink)
    || rest.left < 0.03 * ink.width || rest.right > 0.97 * ink.width) ? ink : cleared;
}

// The ink without the lines, or the ink itself where there are none.
export function withoutLines(ink) {
  if (Math.min(ink.width, ink.height) < LEAST_SIDE) {
    return ink;
  }
  const level = clearedAlong(ink, false);
  return transposed(clearedAlong(transposed(level), level !== ink));
}

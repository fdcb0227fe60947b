// Finds the digits in a picture, and prepares each as MNIST's are.
import { empty, cut, shrink, levelAt, stretch, rounded, sideOf, total } from './gray.js';
import { LEAST_CONTRAST, clearEdges, findInk, paperIsDark, removePlane } from './paper.js';
import { boundsOf, digitsOf, partsOf, withoutDust } from './parts.js';
import { panelIn, withoutFrame, withoutLines } from './lines.js';

const WORKING_SIDE = 800, MOST_DIGITS = 40, MOST_PARTS = 100, LEAST_SHARE = 0.7, BOX = 20, SIDE = 28, MIDDLE = 14;
const LEAST_STROKE = 1.7, USUAL_STROKE = 2.4, LEAST_SIDE = 120, CORE = 100, THINNEST = 1.05;
const div = (a, b) => Math.trunc(a / b);
const noDigit = found => new Error(`No digit is seen in the picture: ${found}.`);

// The mean width of the strokes: a strip of area A and outline P is 2·A/P wide.
function strokeWidth({ pixels, width, height }) {
  const level = (x, y) => x < 0 || y < 0 || x >= width || y >= height ? 0 : pixels[y * width + x];
  let area = 0, outline = 0;
  for (let y = -1; y < height; y++) {
    for (let x = -1; x < width; x++) {
      const here = level(x, y), right = level(x + 1, y) - here, below = level(x, y + 1) - here;
      area += here;
      outline += Math.sqrt(right * right + below * below);
    }
  }
  return outline === 0 ? 0 : 2 * area / outline;
}

// The least of f(q) + (p − q)² over all q, for each p: the lower envelope of parabolas.
function envelope(f) {
  const vertex = new Int32Array(f.length), from = new Float64Array(f.length + 1);
  let last = -1;
  for (let q = 0; q < f.length; q++) {
    if (f[q] === Infinity) {
      continue;
    }
    let meet = -Infinity;
    while (last >= 0) {
      const v = vertex[last];
      meet = (f[q] + q * q - f[v] - v * v) / (2 * (q - v));
      if (meet > from[last]) {
        break;
      }
      last--;
      meet = -Infinity;
    }
    last++;
    [vertex[last], from[last], from[last + 1]] = [q, meet, Infinity];
  }
  if (last < 0) {
    return;
  }
  const distances = new Float64Array(f.length);
  for (let p = 0, k = 0; p < f.length; p++) {
    while (from[k + 1] < p) {
      k++;
    }
    const far = p - vertex[k];
    distances[p] = far * far + f[vertex[k]];
  }
  f.set(distances);
}

function distancesOf(squares, width, height) {
  const column = new Float64Array(height);
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < height; y++) {
      column[y] = squares[y * width + x];
    }
    envelope(column);
    for (let y = 0; y < height; y++) {
      squares[y * width + x] = column[y];
    }
  }
  for (let y = 0; y < height; y++) {
    envelope(squares.subarray(y * width, (y + 1) * width));
  }
}

function grown(digit, radius) {
  const margin = Math.ceil(radius) + 1;
  const wide = empty(digit.width + 2 * margin, digit.height + 2 * margin);
  const distances = new Float64Array(wide.pixels.length).fill(Infinity);
  for (let y = 0; y < digit.height; y++) {
    for (let x = 0; x < digit.width; x++) {
      if (digit.pixels[y * digit.width + x] >= CORE) {
        distances[(y + margin) * wide.width + x + margin] = 0;
      }
    }
  }
  distancesOf(distances, wide.width, wide.height);
  for (let i = 0; i < distances.length; i++) {
    wide.pixels[i] = rounded(255 * Math.min(1, Math.max(0, radius + 1 - Math.sqrt(distances[i]))));
  }
  return wide;
}

// The digit with strokes as wide as MNIST's; the digit itself where they are not thin.
function widened(digit) {
  let width = strokeWidth(digit);
  if (width <= 0 || width * BOX / sideOf(digit) >= LEAST_STROKE) {
    return digit;
  }
  const zoom = Math.max(1, div(LEAST_SIDE + sideOf(digit) - 1, sideOf(digit)));
  const large = empty(digit.width * zoom, digit.height * zoom);
  for (let y = 0; y < large.height; y++) {
    for (let x = 0; x < large.width; x++) {
      large.pixels[y * large.width + x] = digit.pixels[div(y, zoom) * digit.width + div(x, zoom)];
    }
  }
  width *= zoom;
  const wanted = USUAL_STROKE * (sideOf(large) - width) / (BOX - USUAL_STROKE);
  return grown(large, (wanted - width) / 2);
}

function inkBounds({ pixels, width, height }, least) {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (pixels[y * width + x] >= least) {
        [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
        [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
      }
    }
  }
  return right > left ? { left, top, right, bottom } : null;
}

function massOf(image) {
  let [mass, massX, massY] = [0, 0, 0];
  image.forEach((level, i) => {
    mass += level;
    massX += level * (i % SIDE);
    massY += level * div(i, SIDE);
  });
  return mass === 0 ? [MIDDLE, MIDDLE] : [massX / mass, massY / mass];
}

// Whether ink on black is already laid out as MNIST's is, within a pixel.
function isLaidOut(ink) {
  if (strokeWidth(ink) < THINNEST) {
    return false;
  }
  const longer = least => {
    const box = inkBounds(ink, least);
    return box ? Math.max(box.right - box.left, box.bottom - box.top) : 0;
  };
  const [x, y] = massOf(ink.pixels), side = longer(64);
  return ((side >= BOX - 2 && side <= BOX) || longer(1) === BOX)
    && Math.abs(x - MIDDLE) < 1 && Math.abs(y - MIDDLE) < 1;
}

// The part within the bounds, averaged over areas into a box of 20 × 20 amid 28 × 28.
function scaled(ink, { left, top, right, bottom }) {
  const width = right - left, height = bottom - top, step = Math.max(width, height) / BOX;
  const startX = left - (SIDE - width / step) / 2 * step, startY = top - (SIDE - height / step) / 2 * step;
  const image = new Uint8Array(SIDE * SIDE);
  for (let y = 0; y < SIDE; y++) {
    const y0 = Math.max(startY + y * step, top), y1 = Math.min(startY + (y + 1) * step, bottom);
    for (let x = 0; x < SIDE; x++) {
      const x0 = Math.max(startX + x * step, left), x1 = Math.min(startX + (x + 1) * step, right);
      let sum = 0;
      for (let row = Math.trunc(y0); row < y1; row++) {
        const shareY = Math.min(row + 1, y1) - Math.max(row, y0);
        for (let column = Math.trunc(x0); column < x1; column++) {
          sum += shareY * (Math.min(column + 1, x1) - Math.max(column, x0)) * ink.pixels[row * ink.width + column];
        }
      }
      image[y * SIDE + x] = Math.trunc(Math.min(255, sum / (step * step) + 0.5));
    }
  }
  return image;
}

// Ink as MNIST lays it out; null where there is none.
function place(ink) {
  const bounds = inkBounds(ink, 1);
  if (!bounds) {
    return null;
  }
  const box = scaled(ink, bounds), [massX, massY] = massOf(box);
  const moveX = Math.floor(MIDDLE - massX + 0.5), moveY = Math.floor(MIDDLE - massY + 0.5);
  const image = new Uint8Array(SIDE * SIDE);
  for (let y = Math.max(0, moveY); y < Math.min(SIDE, SIDE + moveY); y++) {
    for (let x = Math.max(0, moveX); x < Math.min(SIDE, SIDE + moveX); x++) {
      image[y * SIDE + x] = box[(y - moveY) * SIDE + x - moveX];
    }
  }
  return image;
}

function inkOf(picture, plane, planeNoise) {
  const dark = paperIsDark(picture);
  for (const side of [dark, !dark]) {
    const { ink, isNoise } = findInk(picture, side);
    if (isNoise) {
      throw noDigit('noise');
    }
    if (ink) {
      return ink;
    }
  }
  const highest = levelAt(plane, 0.9995);
  if (highest < LEAST_CONTRAST || highest <= planeNoise) {
    throw new Error('The picture is blank: no ink stands out from the paper.');
  }
  stretch(plane, Math.max(planeNoise, div(highest, 4)), div(highest * 3, 4));
  return plane;
}

function prepared(ink, parts) {
  const box = boundsOf(parts), digit = empty(box.width, box.height);
  for (let y = 0; y < box.height; y++) {
    for (let x = 0; x < box.width; x++) {
      if (parts.some(part => part.holds(x + box.left, y + box.top))) {
        digit.pixels[y * box.width + x] = ink.pixels[(y + box.top) * ink.width + x + box.left];
      }
    }
  }
  const pixels = place(widened(digit));
  if (!pixels) {
    throw noDigit('a single faint pixel');
  }
  return pixels;
}

function find(picture) {
  const { ink: plane, noise } = removePlane(picture);
  if (picture.width === SIDE && picture.height === SIDE) {
    const most = levelAt(plane, 0.9995);
    if (most >= LEAST_CONTRAST && most > noise && isLaidOut(plane)) {
      return [plane.pixels];
    }
  }
  let ink = inkOf(picture, plane, noise);
  clearEdges(ink);
  const panel = panelIn(ink);
  if (panel && panel.right - panel.left < picture.width && panel.bottom - panel.top < picture.height) {
    return find(cut(picture, panel));
  }
  ink = withoutLines(withoutFrame(ink));
  clearEdges(ink);
  const all = partsOf(ink), parts = withoutDust(all, ink), sizes = list => total(list.map(part => part.size));
  if (parts.length > MOST_PARTS || sizes(parts) < LEAST_SHARE * sizes(all)) {
    throw noDigit('noise, or a pattern');
  }
  const digits = digitsOf(parts);
  if (digits.length === 0 || digits.length > MOST_DIGITS) {
    throw noDigit(digits.length === 0 ? 'only lines or edges' : 'a text or a pattern');
  }
  return digits.map(digit => prepared(ink, digit));
}

// The digits in a grey picture, line by line, each from left to right, as 28 × 28 bytes.
export const findDigits = (picture, isDark) => find(shrink(picture, WORKING_SIDE))
  .map(pixels => isDark ? pixels.map(level => 255 - level) : pixels);

// Tells ink from paper, whatever the light was; and what lies along a picture's sides.
import { empty, inverted, sideOf, shrink, smoothed, levelOfRank, levelAt, stretch, rounded, total, opened }
  from './gray.js';

export const LEAST_CONTRAST = 24;

const LEAST_TO_SMOOTH = 100, OVERVIEW = 64, EDGE_WEIGHT = 8, CLEARLY_MORE = 1.6, FEW_EDGES = 0.3, FAINT = 60;
const LEAST_SIGNAL = 8, SQUARES = [0.09, 0.13, 0.19, 0.28, 0.4], NO_MORE_INK = 1.12, COMPARISON = 160;
const DIGIT_SIDE = 28;
const div = (a, b) => Math.trunc(a / b);

// The edge along one side; null where there is none.
function edgeAlong(ink, upright, backwards) {
  const [length, across] = upright ? [ink.width, ink.height] : [ink.height, ink.width];
  const at = (place, j) => {
    const inward = backwards ? across - 1 - j : j;
    return upright ? inward * ink.width + place : place * ink.width + inward;
  };
  const runs = new Array(length).fill(0);
  const least = Math.max(1, div(levelAt(ink, 0.9995), 4));
  for (let i = 0; i < length; i++) {
    while (runs[i] < across && ink.pixels[at(i, runs[i])] >= least) {
      runs[i]++;
    }
  }
  const own = runs.filter(run => run < 0.9 * across).sort((a, b) => a - b);
  const touching = own.filter(run => run > 0);
  if (own.length < div(length, 4) || touching.length < 0.6 * own.length) {
    return null;
  }
  const depth = touching[div(touching.length * 9, 10)] + 2;
  return depth > 0.3 * across || touching.filter(run => run > depth).length > 0.02 * length ? null
    : { at, runs, depth };
}

export function clearEdges(ink) {
  const edges = [[false, false], [false, true], [true, false], [true, true]].map(way => edgeAlong(ink, ...way));
  for (const edge of edges.filter(Boolean)) {
    edge.runs.forEach((run, i) => {
      for (let j = 0; j < Math.min(run, edge.depth); j++) {
        ink.pixels[edge.at(i, j)] = 0;
      }
    });
  }
}

// The paper under light ink: what is left without all that is narrower than a square.
function paperUnder(light, share) {
  const side = Math.min(sideOf(light), 2.25 * Math.min(light.width, light.height));
  return opened(light, Math.max(5, Math.trunc(share * side)));
}

function inkOver(light, dark, share) {
  const paper = paperUnder(light, share), ink = empty(light.width, light.height);
  for (let i = 0; i < ink.pixels.length; i++) {
    const difference = light.pixels[i] - paper.pixels[i], lit = Math.max(64, 255 - paper.pixels[i]);
    ink.pixels[i] = dark ? difference : Math.min(255, div(255 * difference, lit));
  }
  return ink;
}

// The least square that takes the strokes for no paper.
function wideEnough(light, dark) {
  const small = shrink(light, COMPARISON);
  const inks = SQUARES.map(share => inkOver(small, dark, share));
  const floor = Math.max(8, div(levelAt(inks.at(-1), 0.9995), 4));
  const sums = inks.map(ink => total(ink.pixels.filter(level => level > floor)));
  for (let i = 0; i + 1 < sums.length; i++) {
    if (sums[i] > 0 && sums[i + 1] <= NO_MORE_INK * sums[i]) {
      return SQUARES[i + 1];
    }
  }
  return SQUARES.at(-1);
}

// The standard deviation of the paper's grain.
function grainOf(picture) {
  const smooth = smoothed(picture);
  smooth.pixels.forEach((level, i) => { smooth.pixels[i] = Math.abs(picture.pixels[i] - level); });
  return levelAt(smooth, 0.25) / 0.3186;
}

function removePaper(picture, dark) {
  let light = dark ? picture : inverted(picture);
  let grain = grainOf(light);
  if (Math.min(light.width, light.height) >= LEAST_TO_SMOOTH) {
    [light, grain] = [smoothed(light), grain / 3];
  }
  const ink = inkOver(light, dark, wideEnough(light, dark));
  const ground = levelAt(ink, 0.25);
  ink.pixels.forEach((level, i) => { ink.pixels[i] = Math.max(0, level - ground); });
  return { ink, noise: dark ? grain : grain * 255 / Math.max(64, 255 - levelAt(light, 0.5)) };
}

const above = (ink, floor) => total(ink.pixels.map(level => level > floor ? 1 : 0));

// The ink, null where there is none; and whether the paper's grain hides it.
export function findInk(picture, dark) {
  const { ink, noise: grain } = removePaper(picture, dark);
  const noise = Math.min(picture.width, picture.height) < DIGIT_SIDE ? 0 : grain;
  const peak = levelAt(ink, 0.9995);
  const isVague = () => above(ink, div(peak, 4)) > 8 * above(ink, div(peak * 3, 4));
  if (peak < LEAST_CONTRAST || peak <= LEAST_SIGNAL * noise || (peak < FAINT && isVague())) {
    return { ink: null, isNoise: peak >= LEAST_CONTRAST };
  }
  stretch(ink, Math.trunc(Math.max(3 * noise, peak / 4)), div(peak * 3, 4));
  return { ink, isNoise: false };
}

// How much is taken away as light ink, and how uneven the rest is.
function weigh(picture) {
  const paper = paperUnder(picture, SQUARES.at(-1)), ink = empty(picture.width, picture.height);
  let edges = 0;
  for (let y = 0; y < paper.height; y++) {
    for (let x = 0; x < paper.width; x++) {
      const at = y * paper.width + x, here = paper.pixels[at], over = picture.pixels[at] - here;
      ink.pixels[at] = over < LEAST_CONTRAST ? 0 : over;
      edges += x + 1 < paper.width ? Math.abs(paper.pixels[at + 1] - here) : 0;
      edges += y + 1 < paper.height ? Math.abs(paper.pixels[at + paper.width] - here) : 0;
    }
  }
  clearEdges(ink);
  return { mass: total(ink.pixels), edges: EDGE_WEIGHT * edges };
}

function borderIsDark(picture) {
  const middle = div(levelAt(picture, 0.02) + levelAt(picture, 0.98), 2);
  let light = 0, all = 0;
  picture.pixels.forEach((level, i) => {
    const x = i % picture.width, y = div(i, picture.width);
    if (x === 0 || y === 0 || x === picture.width - 1 || y === picture.height - 1) {
      all++;
      light += level > middle ? 1 : 0;
    }
  });
  return 2 * light <= all;
}

function standsOutLight(small) {
  const radius = Math.max(1, div(sideOf(small), 4)), counts = new Int32Array(256);
  let balance = 0;
  for (let y = 0; y < small.height; y++) {
    const top = Math.max(0, y - radius), bottom = Math.min(small.height - 1, y + radius);
    counts.fill(0);
    let count = 0;
    const tally = (x, by) => {
      for (let row = top; x >= 0 && x < small.width && row <= bottom; row++) {
        counts[small.pixels[row * small.width + x]] += by;
        count += by;
      }
    };
    for (let x = -radius; x < small.width; x++) {
      tally(x + radius, 1);
      tally(x - radius - 1, -1);
      if (x >= 0) {
        const difference = small.pixels[y * small.width + x] - levelOfRank(counts, div(count + 1, 2));
        balance += difference * Math.abs(difference);
      }
    }
  }
  return balance >= 0;
}

// Whether the paper is darker than the ink.
export function paperIsDark(picture) {
  const small = shrink(picture, COMPARISON);
  const one = weigh(small), other = weigh(inverted(small));
  const light = one.mass + one.edges, dark = other.mass + other.edges;
  return Math.max(light, dark) > CLEARLY_MORE * Math.min(light, dark) ? light < dark
    : Math.max(one.edges, other.edges) < FEW_EDGES * Math.min(one.mass, other.mass) ? borderIsDark(small)
    : standsOutLight(shrink(picture, OVERVIEW));
}

function median(picture, first, stride, count) {
  const counts = new Int32Array(256);
  for (let i = 0; i < count; i++) {
    counts[picture.pixels[first + i * stride]]++;
  }
  return levelOfRank(counts, div(count + 1, 2));
}

// Ink on paper whose level is a plane through the medians of the four edges.
export function removePlane(picture) {
  const { width, height } = picture;
  const top = median(picture, 0, 1, width), bottom = median(picture, (height - 1) * width, 1, width);
  const left = median(picture, 0, width, height), right = median(picture, width - 1, width, height);
  const middle = (top + bottom + left + right) / 4;
  const slopeX = width > 1 ? (right - left) / (width - 1) : 0;
  const slopeY = height > 1 ? (bottom - top) / (height - 1) : 0;
  const over = empty(width, height), under = empty(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const paper = middle + slopeX * (x - (width - 1) / 2) + slopeY * (y - (height - 1) / 2);
      const difference = rounded(picture.pixels[y * width + x] - paper);
      over.pixels[y * width + x] = Math.min(255, Math.max(0, difference));
      under.pixels[y * width + x] = Math.min(255, Math.max(0, -difference));
    }
  }
  const isLight = levelAt(over, 0.9995) >= levelAt(under, 0.9995);
  const [ink, other] = isLight ? [over, under] : [under, over];
  return { ink, noise: 2 * levelAt(other, 0.9) };
}

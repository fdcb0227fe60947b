// Grey pictures, as the program has them: { pixels: Uint8Array, width, height }. What the program does to a picture of
// digits is done here step by step in the same arithmetic, to the last bit: the names are those of its classes.

export const empty = (width, height) => ({ pixels: new Uint8Array(width * height), width, height });

export const copyOf = ({ pixels, width, height }) => ({ pixels: pixels.slice(), width, height });

export const inverted = ({ pixels, width, height }) => ({ pixels: pixels.map(level => 255 - level), width, height });

export const sideOf = ({ width, height }) => Math.max(width, height);

export function transposed({ pixels, width, height }) {
  const turned = empty(height, width);
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < height; x++) {
      turned.pixels[y * height + x] = pixels[x * width + y];
    }
  }
  return turned;
}

export function cut(picture, box) {
  const part = empty(box.right - box.left, box.bottom - box.top);
  for (let y = 0; y < part.height; y++) {
    const from = (box.top + y) * picture.width + box.left;
    part.pixels.set(picture.pixels.subarray(from, from + part.width), y * part.width);
  }
  return part;
}

// Averages over squares of whole pixels until no side is longer.
export function shrink({ pixels, width, height }, side) {
  const step = Math.max(1, Math.floor((Math.max(width, height) + side - 1) / side));
  if (step === 1) {
    return { pixels: pixels.slice(), width, height };
  }
  const [stepX, stepY] = [Math.min(step, width), Math.min(step, height)];
  const small = empty(Math.max(1, Math.floor(width / step)), Math.max(1, Math.floor(height / step)));
  const count = stepX * stepY, half = Math.floor(count / 2);
  for (let y = 0; y < small.height; y++) {
    for (let x = 0; x < small.width; x++) {
      let sum = 0;
      for (let row = y * step; row < y * step + stepY; row++) {
        for (let column = x * stepX; column < (x + 1) * stepX; column++) {
          sum += pixels[row * width + column];
        }
      }
      small.pixels[y * small.width + x] = Math.floor((sum + half) / count);
    }
  }
  return small;
}

// Each pixel is the mean of the 3 × 3 around it.
export function smoothed({ pixels, width, height }) {
  const smooth = empty(width, height);
  for (let y = 0; y < height; y++) {
    const top = Math.max(0, y - 1), bottom = Math.min(height - 1, y + 1);
    for (let x = 0; x < width; x++) {
      const left = Math.max(0, x - 1), right = Math.min(width - 1, x + 1);
      let sum = 0;
      for (let row = top; row <= bottom; row++) {
        for (let column = left; column <= right; column++) {
          sum += pixels[row * width + column];
        }
      }
      const count = (bottom - top + 1) * (right - left + 1);
      smooth.pixels[y * width + x] = Math.floor((sum + Math.floor(count / 2)) / count);
    }
  }
  return smooth;
}

// The smallest level of which the counts have a rank up to it.
export function levelOfRank(counts, rank) {
  let seen = 0;
  for (let level = 0; level < 256; level++) {
    seen += counts[level];
    if (seen >= rank) {
      return level;
    }
  }
  return 255;
}

// The least level that this share of the pixels does not exceed.
export function levelAt({ pixels }, share) {
  const counts = new Int32Array(256);
  for (const level of pixels) {
    counts[level]++;
  }
  return levelOfRank(counts, Math.ceil(share * pixels.length));
}

// Levels up to one become 0 and levels from another on 255.
export function stretch({ pixels }, from, to) {
  const end = Math.max(to, from + 1);
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = Math.min(255, Math.max(0, Math.trunc(255 * (pixels[i] - from) / (end - from))));
  }
}

// To the nearest whole number, ties to even, as .NET rounds.
export function rounded(x) {
  const down = Math.floor(x), rest = x - down;
  return rest < 0.5 ? down : rest > 0.5 ? down + 1 : down % 2 === 0 ? down : down + 1;
}

export const total = values => values.reduce((sum, value) => sum + value, 0);

// The extreme of each row's pixels from -radius to radius around each.
function along({ pixels, width, height }, radius, greatest) {
  const length = 2 * radius + 1;
  const padded = new Uint8Array(Math.floor((width + 2 * radius + length - 1) / length) * length);
  const forward = new Uint8Array(padded.length), backward = new Uint8Array(padded.length);
  const of = greatest ? Math.max : Math.min;
  const result = empty(width, height);
  padded.fill(greatest ? 0 : 255);
  for (let y = 0; y < height; y++) {
    padded.set(pixels.subarray(y * width, (y + 1) * width), radius);
    for (let i = 0; i < padded.length; i++) {
      forward[i] = i % length === 0 ? padded[i] : of(forward[i - 1], padded[i]);
    }
    for (let i = padded.length - 1; i >= 0; i--) {
      backward[i] = i % length === length - 1 ? padded[i] : of(backward[i + 1], padded[i]);
    }
    for (let x = 0; x < width; x++) {
      result.pixels[y * width + x] = of(backward[x], forward[x + length - 1]);
    }
  }
  return result;
}

// The picture without what is light and narrower than a square.
export function opened(picture, square) {
  const radius = Math.floor(square / 2);
  const least = along(transposed(along(picture, radius, false)), radius, false);
  return along(transposed(along(least, radius, true)), radius, true);
}

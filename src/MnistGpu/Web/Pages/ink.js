// Strokes, and how they are drawn: on the page as they were made, and for the network as MNIST's writers' pens would
// have.

// A side of MNIST's box of ink is 20 pixels, of its picture 28; its lines are about 2.7 wide.
const BOX = 20, SIDE = 28, LINE = 2.7;
// Bytes per pixel's side that are sent: enough for soft edges.
const DETAIL = 6;
// On the page: as wide as in MNIST for a digit that fills two thirds of it.
const PAGE_LINE = 0.085;

// Draws strokes, lists of [x, y] from 0 to 1, through a scale and a shift.
function trace(context, strokes, scale, x0, y0, width) {
  context.lineCap = context.lineJoin = 'round';
  context.lineWidth = width;
  for (const points of strokes) {
    const at = i => [x0 + points[i][0] * scale, y0 + points[i][1] * scale];
    context.beginPath();
    context.moveTo(...at(0));
    // Through the middles between points, bending at the points.
    for (let i = 1; i + 1 < points.length; i++) {
      const [x, y] = at(i), [u, v] = at(i + 1);
      context.quadraticCurveTo(x, y, (x + u) / 2, (y + v) / 2);
    }
    // A point alone is a line too short to see, whose round ends make a dot.
    const [x, y] = at(points.length - 1);
    context.lineTo(points.length > 1 ? x : x + 0.01, y);
    context.stroke();
  }
}

export function paint(canvas, strokes) {
  const side = Math.max(1, Math.round(canvas.clientWidth * devicePixelRatio));
  if (canvas.width !== side) {
    canvas.width = canvas.height = side;
  }
  const context = canvas.getContext('2d');
  context.clearRect(0, 0, side, side);
  context.strokeStyle = getComputedStyle(canvas).color;
  trace(context, strokes, side, 0, 0, PAGE_LINE * side);
}

const sheet = document.createElement('canvas');
sheet.width = sheet.height = SIDE * DETAIL;
const pen = sheet.getContext('2d', { willReadFrequently: true });

// The strokes as grey bytes, black on white: a digit drawn small or large comes out with the same width of line.
export function drawing(strokes) {
  const points = strokes.flat();
  const xs = points.map(p => p[0]), ys = points.map(p => p[1]);
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const [width, height] = [right - left, bottom - top];
  // Several digits side by side get a box each.
  const across = width > 1.5 * height ? Math.min(3, width / Math.max(height, 0.02)) : 1;
  sheet.width = Math.round(SIDE * DETAIL * across);
  const scale = (BOX - LINE) * DETAIL / Math.max(width / across, height, 0.02);
  const middle = sheet.width / 2;
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.strokeStyle = '#000';
  trace(pen, strokes, scale, middle - (left + right) / 2 * scale, sheet.height / 2 - (top + bottom) / 2 * scale,
    LINE * DETAIL);
  const { data } = pen.getImageData(0, 0, sheet.width, sheet.height);
  const gray = new Uint8Array(data.length / 4);
  for (let i = 0; i < gray.length; i++) {
    gray[i] = data[4 * i];
  }
  return { url: `/api/drawing?width=${sheet.width}`, type: 'application/octet-stream', body: gray };
}

// A picture of any kind the browser reads, made small enough to send.
export async function picture(file, canvas) {
  const most = 1000;
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    throw new Error(`${file.name || 'This'} is no picture that this browser can read.`);
  }
  const shrink = Math.min(1, most / Math.max(bitmap.width, bitmap.height));
  const small = document.createElement('canvas');
  small.width = Math.max(1, Math.round(bitmap.width * shrink));
  small.height = Math.max(1, Math.round(bitmap.height * shrink));
  const context = small.getContext('2d');
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, small.width, small.height);

  paint(canvas, []);
  const side = canvas.width, fit = side / Math.max(small.width, small.height);
  const page = canvas.getContext('2d');
  const [width, height] = [small.width * fit, small.height * fit];
  page.drawImage(small, (side - width) / 2, (side - height) / 2, width, height);
  const blob = await new Promise(done => small.toBlob(done, 'image/png'));
  return { url: '/api/drawing', type: 'image/png', body: blob };
}

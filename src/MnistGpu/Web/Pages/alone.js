// The answers of the network that is in the page itself: no server, no network.
import { findDigits } from './digits.js';
import { drawing } from './ink.js';

const network = JSON.parse(document.getElementById('network').textContent);
const bytes = Uint8Array.from(atob(network.weights), c => c.charCodeAt(0));
const view = new DataView(bytes.buffer);
const parameters = Float32Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));

const activations = {
  'relu': z => z <= 0 ? 0 : z,
  'leaky-relu': z => z > 0 ? z : 0.01 * z,
  'tanh': z => 1.7159 * Math.tanh(2 / 3 * z),
};

// The probability of each digit: A = f(W·A + b), layer by layer, and softmax at the end.
function probabilities(pixels) {
  let A = Array.from(pixels, p => p / 255), next = 0;
  network.widths.slice(1).forEach((width, l) => {
    const b = next + width * A.length;
    const Z = Array.from({ length: width }, (_, i) => {
      let z = 0;
      for (let k = 0; k < A.length; k++) {
        z += parameters[next + i * A.length + k] * A[k];
      }
      return z + parameters[b + i];
    });
    A = l < network.widths.length - 2 ? Z.map(activations[network.rule]) : Z;
    next = b + width;
  });
  const greatest = Math.max(...A), E = A.map(z => Math.exp(z - greatest)), sum = E.reduce((s, e) => s + e, 0);
  return E.map(e => e / sum);
}

// A request as a grey picture: what is transparent counts as white paper.
async function grayOf({ type, body }) {
  if (type === 'application/octet-stream') {
    return body;
  }
  const bitmap = await createImageBitmap(body), { width, height } = bitmap;
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext('2d', { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = new Uint8Array(width * height);
  for (let i = 0; i < pixels.length; i++) {
    const [red, green, blue, alpha] = data.subarray(4 * i, 4 * i + 4);
    const gray = (red * 77 + green * 150 + blue * 29) >> 8;
    pixels[i] = Math.floor((gray * alpha + 255 * (255 - alpha) + 127) / 255);
  }
  return { pixels, width, height };
}

export async function answerTo(request) {
  let pictures;
  try {
    const gray = await grayOf(request);
    const width = Number(request.url.split('width=')[1]);
    pictures = findDigits(gray.pixels ? gray : { pixels: gray, width, height: gray.length / width }, network.isDark);
  } catch (error) {
    return { problem: error.message };
  }
  const answers = pictures.map(pixels => {
    const shares = probabilities(pixels), most = Math.max(...shares);
    return {
      digit: shares.indexOf(most),
      probabilities: shares,
      certainty: network.certainties.find(({ above }) => most > above).words,
      pixels: btoa(String.fromCharCode(...pixels)),
    };
  });
  return { answer: answers.length === 1 ? answers[0] : { digit: null, digits: answers } };
}

export const facts = async () => network;

// For the console of the browser: what the page does, step by step.
globalThis.mnistgpu = { drawing, findDigits, probabilities };

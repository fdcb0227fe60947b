// The hidden units of a small network: each lit by its activation, with what it looks for and what it says to the
// answer.

import { rgb } from './colours.js';

const bytes = base64 => Uint8Array.from(atob(base64), c => c.charCodeAt(0));

// 128 is no weight: the ground shows. Above it the accent, below it the other colour.
function paintWeights(canvas, weights) {
  const ground = rgb('--surface'), towards = rgb('--accent'), against = rgb('--against');
  const context = canvas.getContext('2d');
  const image = context.createImageData(canvas.width, canvas.height);
  for (let i = 0; i < weights.length; i++) {
    const w = (weights[i] - 128) / 127, end = w > 0 ? towards : against;
    // Few weights are large: the root shows the many small ones too.
    const share = Math.min(1, Math.sqrt(Math.abs(w)));
    for (let c = 0; c < 3; c++) {
      image.data[4 * i + c] = ground[c] + share * (end[c] - ground[c]);
    }
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
}

function element(parent, tag, name) {
  const e = parent.appendChild(document.createElement(tag));
  e.className = name ?? '';
  return e;
}

// Shows the section where the network is small enough; returns what lights it.
export function why(section, model) {
  if (!model.firstWeights || model.channels !== 1) {
    return () => {};
  }
  section.hidden = false;
  const widths = model.network.split('-').map(Number).slice(1, -1);
  const note = section.querySelector('#why-note');
  note.textContent = 'Each tile is one hidden unit, lit by how strongly it responds. Blue is where it wants ink, '
    + 'orange where it wants none. '
    + 'The bar under it points right if it speaks for the answer, left if against.';
  const pictures = [];
  const layers = widths.map((width, l) => {
    const layer = element(section.querySelector('#layers'), 'div', 'layer');
    element(layer, 'h3').textContent = widths.length === 1
      ? `${width} hidden units`
      : `Hidden layer ${l + 1}, ${width} units`;
    const units = element(layer, 'div', 'units');
    units.setAttribute('role', 'img');
    const last = l === widths.length - 1;
    return { units, last, tiles: Array.from({ length: width }, (_, r) => {
      const tile = element(units, 'div', 'unit');
      if (l === 0) {
        const canvas = element(tile, 'canvas');
        canvas.width = model.width;
        canvas.height = model.height;
        pictures.push([canvas, bytes(model.firstWeights[r])]);
      }
      const value = element(tile, 'span', 'value');
      return { tile, value, push: last ? element(element(tile, 'span', 'push'), 'i') : null };
    }) };
  });

  const paintAll = () => pictures.forEach(([canvas, weights]) => paintWeights(canvas, weights));
  paintAll();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paintAll);

  const light = answer => {
    layers.forEach(({ units, last, tiles }, l) => {
      const a = answer ? answer.hidden[l] : tiles.map(() => 0);
      const most = Math.max(1e-9, ...a.map(Math.abs));
      const pushes = answer && last ? a.map((v, r) => v * model.lastWeights[answer.digit][r]) : [];
      const mostPush = Math.max(1e-9, ...pushes.map(Math.abs));
      tiles.forEach(({ tile, value, push }, r) => {
        const share = Math.abs(a[r]) / most;
        tile.style.setProperty('--lit', share.toFixed(3));
        tile.classList.toggle('negative', a[r] < 0);
        value.textContent = answer ? (Math.abs(a[r]) < 0.05 ? '0' : a[r].toFixed(1)) : '–';
        if (push) {
          const p = pushes.length ? pushes[r] / mostPush : 0;
          push.style.left = `${50 + 50 * Math.min(0, p)}%`;
          push.style.width = `${50 * Math.abs(p)}%`;
          push.style.background = p < 0 ? 'var(--against)' : 'var(--text)';
        }
      });
      const active = a.filter(v => Math.abs(v) >= 0.05).length;
      const strongest = a.map(Math.abs).indexOf(most);
      const which = active ? `, unit ${strongest + 1} the most` : '';
      units.setAttribute('aria-label', answer
        ? `${active} of ${a.length} hidden units are active${which}`
        : `${a.length} hidden units, none active yet`);
    });
  };
  light(null);
  return light;
}

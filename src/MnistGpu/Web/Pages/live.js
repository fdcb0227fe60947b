// The page: the server says what is, whole parts of it at a time, and this shows it.
import { rgb } from './colours.js';
import { follow } from './follow.js';

const $ = id => document.getElementById(id);
const element = (name, text, attributes = {}) => {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};

let server = null, stopping = false, over = false, spokenAt = 0, spoken = '';

// Said aloud when something begins or ends, else at most every 20 seconds.
function say(text, now) {
  if (spoken !== text && (now || Date.now() - spokenAt > 20000)) {
    spokenAt = Date.now();
    $('spoken').textContent = spoken = text;
  }
}

// The table is made while it is open only.
let rows = null;
function list() {
  $('rows').replaceChildren(...rows.rows.map(row => {
    const line = element('tr', '', row.isBest ? { class: 'best' } : {});
    const cells = [
      row.loss, row.training, row.developmentLoss ?? '–', row.development ?? '–', row.rate, row.imagesPerSecond,
    ];
    line.append(element('th', row.epoch, { scope: 'row' }), ...cells.map(cell => element('td', cell)));
    return line;
  }));
}
$('numbers').addEventListener('toggle', () => { if ($('numbers').open) list(); });

let phase = '';
const parts = {
  // Another program on the same port: another training, perhaps with other pages.
  server({ id }) {
    if (server && server !== id) location.reload();
    server = id;
  },

  status(status) {
    document.body.dataset.phase = status.phase;
    $('line').textContent = status.line;
    $('lead').textContent = status.lead;
    $('progress').value = status.percent;
    document.title = status.phase === 'training' ? `${status.percent} % · ${status.line}` : status.line;
    $('stop').disabled = stopping || status.phase === 'ended';
    const figures = $('figures');
    if (figures.children.length !== status.figures.length) {
      figures.replaceChildren(...status.figures.map(() => {
        const pair = element('div', '');
        pair.append(element('dt', ''), element('dd', ''));
        return pair;
      }));
    }
    status.figures.forEach((figure, i) => {
      const [name, value] = figures.children[i].children;
      name.textContent = figure.name;
      value.textContent = figure.value;
    });
    const figure = name => status.figures.find(f => f.name === name)?.value;
    const changed = phase !== status.phase;
    const isUnderWay = status.phase === 'training' && figure('step loss');
    const result = `loss ${figure('step loss')}, training accuracy ${figure('training')}`;
    say(isUnderWay ? `${status.percent} percent done, ${result}` : status.line, changed);
    phase = status.phase;
  },

  curves(charts) {
    $('curves').hidden = false;
    for (const [name, chart] of Object.entries(charts)) $(name).innerHTML = chart;
  },

  rows(history) {
    rows = history;
    $('numbers').hidden = history.rows.length === 0;
    $('unit').textContent = history.unit;
    $('numbers-title').textContent = history.count > history.rows.length
      ? `The numbers, the last ${history.rows.length} of ${history.count} rows`
      : 'The numbers';
    if ($('numbers').open) list();
  },

  seeds(done) {
    $('seeds-card').hidden = done.seeds.length === 0;
    $('seeds').replaceChildren(...done.seeds.map(line => element('li', line)));
  },

  confusion(matrix) {
    $('confusion-card').hidden = false;
    $('confusion-note').textContent = matrix.note;
    $('confusion').innerHTML = matrix.table;
    for (const cell of $('confusion').querySelectorAll('[data-shade]')) {
      cell.style.setProperty('--shade', cell.dataset.shade);
    }
  },

  weights(weights) {
    $('weights-card').hidden = false;
    $('weights-title').textContent = weights.title;
    $('weights-note').textContent = weights.note;
    $('scale-low').textContent = `−${weights.scale}`;
    $('scale-high').textContent = `+${weights.scale}`;
    const list = $('weights');
    list.classList.toggle('many', weights.units.length > 20);
    if (list.children.length !== weights.units.length) {
      list.replaceChildren(...weights.units.map(() => {
        const item = element('li', '');
        const size = { width: weights.width, height: weights.height, role: 'img' };
        item.append(element('canvas', '', size), element('small', ''));
        return item;
      }));
    }
    const levels = Int8Array.from(atob(weights.levels), c => c.charCodeAt(0));
    const [positive, negative] = [rgb('--positive'), rgb('--negative')];
    weights.units.forEach((unit, i) => {
      const [canvas, name] = list.children[i].children;
      name.textContent = unit;
      canvas.setAttribute('aria-label', `Weights of ${weights.name} ${unit}`);
      const context = canvas.getContext('2d');
      const picture = context.createImageData(weights.width, weights.height);
      const pixels = weights.width * weights.height;
      for (let p = 0; p < pixels; p++) {
        const level = levels[pixels * i + p];
        // Seen on a light and on a dark ground, and gone at zero.
        picture.data.set([...(level >= 0 ? positive : negative), 255 * Math.abs(level) / 127], 4 * p);
      }
      context.putImageData(picture, 0, 0);
    });
  },
};

// Hidden, the page keeps what comes and shows it when it is seen; its title goes on.
const unseen = new Map();
const shown = Object.fromEntries(Object.entries(parts).map(([name, show]) => [name, data => {
  if (document.hidden && name !== 'server' && name !== 'status') unseen.set(name, data);
  else show(data);
}]));
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  for (const [name, data] of unseen) parts[name](data);
  unseen.clear();
});

const links = { live: 'Live', lost: 'The connection is lost; trying again…', gone: 'No connection', over: 'The end' };
follow(shown, link => {
  document.body.dataset.link = link;
  $('link').textContent = links[link];
  over = link === 'over';
  if (link === 'gone') {
    document.title = $('line').textContent = 'The program does not answer any more';
    $('lead').textContent = 'It has probably ended; its terminal says how. What is below was so when it was last '
      + 'heard. Should it start again, this page follows it again.';
    say(document.title, false);
  }
});

$('stop').addEventListener('click', async () => {
  stopping = $('stop').disabled = true;
  $('stop').textContent = 'Stopping…';
  $('alert').textContent = '';
  try {
    const response = await fetch('/api/stop', { method: 'POST' });
    if (!response.ok) {
      const problem = await response.json();
      throw new Error(`${problem.title}: ${problem.detail}`);
    }
    say('Stopping', true);
  } catch (error) {
    if (!over) {
      stopping = $('stop').disabled = false;
      $('stop').textContent = 'Stop and save';
      $('alert').textContent = `It could not be stopped. ${error.message}`;
    }
  }
});

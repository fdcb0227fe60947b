// The page: strokes and pictures go to the network, its answers come back as bars.
import { drawing, paint, picture } from './ink.js';
import { answerTo, facts } from './remote.js';
import { why } from './why.js';

const $ = id => document.getElementById(id);
const canvas = $('ink');
const strokes = [];
let shown = null; // A picture instead of strokes.
let light = () => {};
let refused = ''; // Why the last picture was not taken.

// A digit until the model says what it names.
let model = { width: 28, height: 28, channels: 1, isDigits: true, classes: Array.from('0123456789') };

// A bar for each class.
const makeBars = () => model.classes.map(called => {
  const item = document.createElement('li');
  for (const name of ['name', 'track', 'share']) {
    item.appendChild(document.createElement('span')).className = name;
  }
  const [name, track, share] = item.children;
  const fill = track.appendChild(document.createElement('span'));
  fill.className = 'fill';
  name.textContent = called;
  $('bars').appendChild(item);
  return { item, fill, share };
});
let bars = makeBars();

const percent = p => p > 0.999 && p < 1 ? '99.9 %' : `${(100 * p).toFixed(1)} %`;

let speaking;
function show(answer) {
  const several = answer?.digits;
  if (several) {
    showSeveral(several);
    return;
  }
  bars.forEach(({ item, fill, share }, digit) => {
    const p = answer ? answer.probabilities[digit] : 0;
    item.classList.toggle('best', !!answer && digit === answer.digit);
    fill.style.width = `${100 * p}%`;
    share.textContent = answer ? percent(p) : '–';
  });
  $('digit').textContent = answer ? model.classes[answer.digit] : '–';
  $('digit').classList.toggle('word', !model.isDigits);
  $('digit').classList.toggle('none', !answer);
  const p = answer ? answer.probabilities[answer.digit] : 0;
  const nothing = model.isDigits ? 'Nothing drawn yet' : 'No picture yet';
  $('sure').textContent = answer ? `${percent(p)}, ${answer.certainty}` : nothing;
  showSeen(answer);
  light(answer);
  speak(answer ? `${model.classes[answer.digit]}, ${percent(p)}` : '');
}

// One answer would be wrong: each digit's, from left to right.
function showSeveral(digits) {
  show(null);
  const each = digits.map(({ digit, probabilities }) => `${digit} (${percent(probabilities[digit])})`).join(', ');
  $('digit').textContent = digits.map(({ digit }) => digit).join(' ');
  $('digit').classList.remove('none');
  $('sure').textContent = `More than one digit? From left to right: ${each}`;
  showSeen(digits[0]);
  speak($('sure').textContent);
}

function speak(text) {
  // Strokes change the answer many times a second; it is read out when it has settled.
  clearTimeout(speaking);
  speaking = setTimeout(() => { $('live').textContent = text; }, 600);
}

function showSeen(answer) {
  const seen = $('seen'), context = seen.getContext('2d');
  const { width, height, channels } = model;
  seen.width = width;
  seen.height = height;
  const image = context.createImageData(width, height);
  const pixels = answer ? atob(answer.pixels) : '';
  for (let i = 0; i < width * height; i++) {
    const level = c => answer ? pixels.charCodeAt(i * channels + c) : 0;
    image.data.set(channels === 1 ? [level(0), level(0), level(0), 255] : [level(0), level(1), level(2), 255], 4 * i);
  }
  context.putImageData(image, 0, 0);
  const what = model.isDigits ? 'drawing' : 'picture';
  seen.setAttribute('aria-label', answer
    ? `The ${what} as ${width} × ${height} pixels, read as ${model.classes[answer.digit]}`
    : 'Nothing yet');
}

// One request at a time; what was drawn meanwhile follows as one.
let asking = false, stale = false;
async function ask() {
  stale = true;
  busy(true);
  if (asking) {
    return;
  }
  asking = true;
  while (stale) {
    stale = false;
    const request = refused ? null : shown ?? (strokes.length ? drawing(strokes) : null);
    if (!request) {
      show(null);
      say(refused);
      continue;
    }
    try {
      const { answer, wait, problem } = await answerTo(request);
      if (answer) {
        say('');
        if (shown || strokes.length) {
          show(answer);
        }
      } else if (wait) {
        await new Promise(done => setTimeout(done, 1000 * wait));
        stale = true;
      } else {
        say(problem);
        show(null);
      }
    } catch {
      say('The server does not answer. It may have been ended; start it again and draw on.');
    }
  }
  asking = false;
  busy(false);
}

const busy = now => $('answer').setAttribute('aria-busy', now);
const say = text => { if ($('alert').textContent !== text) { $('alert').textContent = text; } };

function changed(why = '') {
  refused = why;
  $('undo').disabled = !strokes.length;
  $('clear').disabled = !strokes.length && !shown;
  $('hint').hidden = strokes.length > 0 || !!shown;
  const count = strokes.length === 1 ? '1 stroke' : `${strokes.length} strokes`;
  canvas.setAttribute('aria-label', `Area to draw on, ${shown ? 'with a picture' : strokes.length ? count : 'empty'}`);
  if (!shown) {
    paint(canvas, strokes);
  }
  ask();
}

// Several moves of the pen in one frame are one change.
let waiting = false;
function soon() {
  if (!waiting) {
    waiting = true;
    busy(true);
    requestAnimationFrame(() => { waiting = false; changed(); });
  }
}

// One finger, pen or mouse button draws at a time.
let drawer = null;
const point = event => {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
};
canvas.addEventListener('pointerdown', event => {
  if (!model.isDigits || drawer !== null || event.button !== 0) {
    return;
  }
  event.preventDefault();
  drawer = event.pointerId;
  canvas.setPointerCapture(drawer);
  if (shown) {
    shown = null;
    strokes.length = 0;
  }
  strokes.push([point(event)]);
  soon();
});
canvas.addEventListener('pointermove', event => {
  if (event.pointerId !== drawer) {
    return;
  }
  const stroke = strokes.at(-1);
  const events = event.getCoalescedEvents?.() ?? [];
  for (const e of events.length ? events : [event]) {
    const [x, y] = point(e), [u, v] = stroke.at(-1);
    if (Math.hypot(x - u, y - v) > 0.004) {
      stroke.push([x, y]);
    }
  }
  soon();
});
for (const end of ['pointerup', 'pointercancel', 'lostpointercapture']) {
  canvas.addEventListener(end, event => { drawer = event.pointerId === drawer ? null : drawer; });
}

function undo() {
  strokes.pop();
  drawer = null;
  changed();
}
function clear() {
  strokes.length = 0;
  shown = null;
  drawer = null;
  changed();
}
$('undo').addEventListener('click', undo);
$('clear').addEventListener('click', clear);
addEventListener('keydown', event => {
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'z' && strokes.length) {
    event.preventDefault();
    undo();
  } else if (event.key === 'Escape') {
    clear();
  }
});

async function take(file) {
  if (!file) {
    return;
  }
  try {
    const request = await picture(file, canvas);
    strokes.length = 0;
    shown = request;
    changed();
  } catch (error) {
    // An answer beside the error would be taken for the picture's. What was drawn stays.
    shown = null;
    changed(error.message);
  }
}
$('file').addEventListener('change', event => {
  take(event.target.files[0]);
  event.target.value = ''; // The same file may be chosen again.
});
addEventListener('paste', event => take([...event.clipboardData.files].find(f => f.type.startsWith('image/'))));
addEventListener('dragover', event => {
  event.preventDefault();
  $('pad').classList.add('dropping');
});
addEventListener('dragleave', event => {
  if (!event.relatedTarget) {
    $('pad').classList.remove('dropping');
  }
});
addEventListener('drop', event => {
  event.preventDefault();
  $('pad').classList.remove('dropping');
  take(event.dataTransfer.files[0]);
});

const repaint = () => { if (!shown) { paint(canvas, strokes); } };
addEventListener('resize', repaint);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint);

// A network of other things reads pictures only: there is nothing to draw.
function takePictures() {
  document.body.classList.add('pictures');
  $('title').textContent = 'Show a picture';
  $('lead').textContent = `The network says which of ${model.classes.length} classes it is of.`;
  $('hint').textContent = 'Drop a picture here';
  $('seen-note').textContent = `${model.width} × ${model.height} pixels${model.channels === 3 ? ' in colour' : ''}: `
    + 'the whole picture, each pixel the mean of what it covers.';
  $('bars').replaceChildren();
  // Many classes scroll, by the keyboard too.
  $('bars').tabIndex = 0;
  bars = makeBars();
  changed();
}

changed();
try {
  model = await facts();
  if (!model.isDigits) {
    takePictures();
  }
  const [parameters, step] = [model.parameters, model.step].map(number => number.toLocaleString('en'));
  $('model').textContent = `${model.name}: ${model.network}, ${model.activation}, ${parameters} parameters, `
    + `step ${step}, on ${model.device}.`;
  document.title = model.isDigits ? `Draw a digit: ${model.name}` : `Show a picture: ${model.name}`;
  light = why($('why'), model);
} catch {
  say('The server does not answer.');
}

// What pages do beyond HTML: copy, let time go on, show moments in the visitor's time, and lead to what went wrong.
const units = [
  [86400, { ko: '일', en: ' d' }],
  [3600, { ko: '시간', en: ' h' }],
  [60, { ko: '분', en: ' min' }],
  [1, { ko: '초', en: ' s' }],
];

/** As formatDuration in api/web/format.ts. */
function duration(seconds) {
  const { lang } = document.documentElement;
  let rest = Math.max(0, Math.floor(seconds));
  const first = units.findIndex(([size]) => rest >= size);
  if (first < 0) return `0${units[3][1][lang]}`;
  const parts = [];
  for (const [size, names] of units.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count}${names[lang]}`);
  }
  return parts.join(' ');
}

/** When each count was seen first: the server's clock and the visitor's may differ. */
const seen = new WeakMap();

function since(element, count) {
  const known = seen.get(element);
  if (known?.count === count) return Number(count) + (performance.now() - known.at) / 1000;
  seen.set(element, { count, at: performance.now() });
  return Number(count);
}

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function tick() {
  for (const element of document.querySelectorAll('[data-elapsed]'))
    say(element, duration(since(element, element.dataset.elapsed)));
  for (const bar of document.querySelectorAll('progress[data-expected]')) {
    const share = (since(bar, bar.dataset.from) / Number(bar.dataset.expected)) * 90;
    bar.value = Math.max(bar.value, Math.min(95, share));
  }
  for (const note of document.querySelectorAll('[data-late]'))
    if (since(note, note.dataset.from) > Number(note.dataset.lateAfter)) say(note, note.dataset.late);
}

function showLocalTimes() {
  const { lang } = document.documentElement;
  for (const time of document.querySelectorAll('time[data-local]')) {
    const style =
      time.dataset.local === 'date' ? { dateStyle: 'medium' } : { dateStyle: 'medium', timeStyle: 'medium' };
    say(time, new Intl.DateTimeFormat(lang, style).format(new Date(time.dateTime)));
  }
}

async function copyText(source) {
  const text = source.firstChild.textContent.trim();
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without encryption browsers have no clipboard for pages but this.
    getSelection().selectAllChildren(source);
    document.execCommand('copy');
    getSelection().removeAllRanges();
  }
}

/** Asks what there is to say of a name, once its typing pauses. What came late is not shown. */
function checkWhileTyped(input) {
  const place = document.getElementById(`${input.id}-check`);
  let timer;
  let asked;
  input.addEventListener('input', () => {
    clearTimeout(timer);
    asked?.abort();
    place.textContent = '';
    if (!input.value.trim()) return;
    timer = setTimeout(async () => {
      asked = new AbortController();
      const query = new URLSearchParams({ name: input.value });
      const signal = globalThis.AbortSignal.any([asked.signal, globalThis.AbortSignal.timeout(10_000)]);
      // The form says it again when it is sent.
      const answer = await fetch(`${input.dataset.check}?${query}`, { signal }).catch(() => null);
      if (answer?.ok) place.textContent = await answer.text().catch(() => '');
    }, 400);
  });
}
for (const input of document.querySelectorAll('[data-check]')) checkWhileTyped(input);

document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy]');
  if (button) {
    const label = button.querySelector('span');
    void copyText(document.getElementById(button.dataset.copy)).then(() => {
      label.textContent = button.dataset.done;
      // Not a class: what arrives meanwhile would take it away (morphIgnore in hosting.liquid).
      button.toggleAttribute('data-copied', true);
      setTimeout(() => {
        label.textContent = button.dataset.text;
        button.toggleAttribute('data-copied', false);
      }, 2000);
    });
  }
});

/** Whoever lets pages store nothing types again. */
function withStorage(work) {
  try {
    work();
  } catch (error) {
    // Refused by the browser.
    if (!(error instanceof globalThis.DOMException)) throw error;
  }
}

// What was typed outlives a change of the language. Secrets are typed again.
const typed = () =>
  [...document.querySelectorAll('main :is(input[type=text], input[type=email], textarea)')].filter(({ id }) => id);
function keepTyped() {
  const values = Object.fromEntries(typed().map(({ id, value }) => [id, value]));
  globalThis.sessionStorage.setItem('typed', JSON.stringify({ path: location.pathname, values }));
}

function bringTyped() {
  const { path, values } = JSON.parse(globalThis.sessionStorage.getItem('typed') ?? '{}');
  globalThis.sessionStorage.removeItem('typed');
  if (path === location.pathname) for (const field of typed()) field.value = values[field.id] ?? field.value;
}
document.querySelector('.languages').addEventListener('submit', () => withStorage(keepTyped));
withStorage(bringTyped);

// A second click on what is on its way is none. What htmx sends is prevented here already (live.js).
document.addEventListener('submit', (event) => {
  if (event.defaultPrevented) return;
  if (event.target.hasAttribute('data-sent')) event.preventDefault();
  event.target.setAttribute('data-sent', '');
});
// The browser shows a page again as it was left.
globalThis.addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('[data-sent]')) form.removeAttribute('data-sent');
});

function refresh() {
  showLocalTimes();
  tick();
}
refresh();
// What live.js brings.
document.addEventListener('htmx:after:swap', refresh);
setInterval(tick, 1000);
document.querySelector('[data-focus]')?.focus();

// The page of the hosting, alive: what htmx does not do by itself.
/** The session has ended. Another tab may have cleared the cookie already: the address says why. */
const leave = () => location.assign('/login?over=1');

const lost = () => document.getElementById('lost');
const sayLost = () => (lost().textContent = lost().dataset.text);
const trouble = () => document.getElementById('trouble');

function tellTrouble(...nodes) {
  trouble().replaceChildren(...nodes);
  leadTo(trouble());
}

// One action at a time: a second click would be told that another operation is under way, its own.
let sending = null;
function markButtons() {
  for (const button of document.querySelectorAll('#hosting form button:not([type=button])')) {
    if (sending) button.setAttribute('aria-disabled', 'true');
    else button.removeAttribute('aria-disabled');
  }
}

// What an action of the visitor's brought: a password, or why it was refused. Not what comes by itself.
let acted = false;
/** The operation whose password is being put away. */
let putAway;
document.addEventListener(
  'submit',
  (event) => {
    if (!event.target.closest('#hosting')) return;
    if (sending) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    acted = true;
    // Of the one form that has it: that of a password that its user has now.
    putAway = event.target.elements.operation?.value;
    trouble().replaceChildren();
  },
  { capture: true },
);

document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
  if (!ctx.sourceElement.matches('#hosting form')) return;
  sending = ctx;
  markButtons();
});
document.addEventListener('htmx:finally:request', ({ detail: { ctx } }) => {
  if (ctx !== sending) return;
  sending = null;
  markButtons();
});
// Nothing came back: no connection, or no answer in time.
document.addEventListener('htmx:error', ({ detail: { ctx } }) => {
  if (ctx && ctx === sending) tellTrouble(document.getElementById('unanswered').content.cloneNode(true));
});

/** Leads to what was brought there; a password that is shown may have been brought before. */
function leadTo(place) {
  const target = place?.querySelector('[data-focus]');
  if (!acted || !target) return;
  acted = false;
  target.focus();
  target.scrollIntoView({ block: 'center' });
}

// Answers and the stream overtake one another: what is older than what is shown is not shown any more.
let shown = 0;
const versionIn = (root) => Number(root.querySelector('#rendering')?.dataset.version ?? Infinity);

/** Takes away what is too old. What it told the visitor of their action is told all the same. */
function dropOvertaken(tasks) {
  for (const task of tasks.filter(({ fragment }) => versionIn(fragment) < shown)) {
    tasks.splice(tasks.indexOf(task), 1);
    const told = task.fragment.querySelector('[data-focus]');
    if (told) tellTrouble(told);
  }
}

// A password that was not set, or that another one has replaced, opens nothing.
function removeOldPassword() {
  const box = document.getElementById('secret-box');
  if (box && box.dataset.operation !== document.getElementById('rendering').dataset.password) box.remove();
}

// A password that was put away in one tab is put away in all.
const tabs = new globalThis.BroadcastChannel('password-kept');
tabs.addEventListener('message', ({ data: operation }) => {
  const box = document.getElementById('secret-box');
  if (box?.dataset.operation === operation) box.remove();
});

document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
  const place = typeof ctx.target === 'string' ? document.querySelector(ctx.target) : ctx.target;
  shown = versionIn(document);
  removeOldPassword();
  markButtons();
  leadTo(place);
  if (place?.id !== 'secret') return;
  if (putAway) tabs.postMessage(putAway);
  putAway = undefined;
  // The button that put the password away is gone with it.
  if (document.activeElement === document.body) document.getElementById('content').focus();
});

// Our own answers say where they belong. Others are of the proxy, when the api is down: whole pages, or JSON.
document.addEventListener('htmx:before:swap', (event) => {
  const { response, hx, sourceElement } = event.detail.ctx;
  // What comes by itself: the stream of the hosting's page, or what again.js asks for.
  const isStream = ['panel', 'section'].includes(sourceElement.id);
  if (response.status < 400 || (hx.retarget && !isStream)) {
    dropOvertaken(event.detail.tasks);
    return;
  }
  event.preventDefault();
  if (response.status === 401) leave();
  else if (isStream) sayLost();
  else tellTrouble(document.getElementById('no-answer').content.cloneNode(true));
});

document.addEventListener('htmx:sse:error', (event) => {
  if (event.detail.status === 401) leave();
  else sayLost();
});
document.addEventListener('htmx:sse:after:connection', () => {
  lost().textContent = '';
  // Another process may answer, whose clock is another.
  shown = 0;
});
document.addEventListener('over', leave);

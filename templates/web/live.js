// The page of the hosting, alive: what htmx does not do by itself.
/** The session has ended. Another tab may have cleared the cookie already: the address says why. */
const leave = () => location.assign('/login?over=1');

const lost = () => document.getElementById('lost');

document.addEventListener('htmx:after:swap', () => globalThis.refreshPage());

// What an action of the visitor's brought: a password, or why it was refused. Not what comes by itself.
let acted = false;
document.addEventListener('submit', () => (acted = true));
document.addEventListener('htmx:after:swap', () => {
  const target = document.querySelector('[data-focus]');
  if (!acted || !target) return;
  acted = false;
  target.focus();
  target.scrollIntoView({ block: 'center' });
});

document.addEventListener('htmx:sse:error', (event) => {
  if (event.detail.status === 401) leave();
  else lost().textContent = lost().dataset.text;
});
document.addEventListener('htmx:sse:after:connection', () => (lost().textContent = ''));
document.addEventListener('over', leave);

// The page of the hosting, alive: what htmx does not do by itself.
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
  // The session has ended: the page itself leads to the log-in.
  if (event.detail.status === 401) location.reload();
  else lost().textContent = lost().dataset.text;
});
document.addEventListener('htmx:sse:after:connection', () => (lost().textContent = ''));
document.addEventListener('over', () => location.reload());

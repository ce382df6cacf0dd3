// The page of the hosting, alive: what htmx does not do by itself.
/** The session has ended. Another tab may have cleared the cookie already: the address says why. */
const leave = () => location.assign('/login?over=1');

const lost = () => document.getElementById('lost');
const sayLost = () => (lost().textContent = lost().dataset.text);

document.addEventListener('htmx:after:swap', () => globalThis.refreshPage());

// What an action of the visitor's brought: a password, or why it was refused. Not what comes by itself.
let acted = false;
const trouble = () => document.getElementById('trouble');
document.addEventListener('submit', () => {
  acted = true;
  trouble().replaceChildren();
});

/** Leads to what was brought there; a password that is shown may have been brought before. */
function leadTo(place) {
  const target = place?.querySelector('[data-focus]');
  if (!acted || !target) return;
  acted = false;
  target.focus();
  target.scrollIntoView({ block: 'center' });
}
document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) =>
  leadTo(typeof ctx.target === 'string' ? document.querySelector(ctx.target) : ctx.target),
);

// Our own answers say where they belong. Others are of the proxy, when the api is down: whole pages, or JSON.
document.addEventListener('htmx:before:swap', (event) => {
  const { response, hx, sourceElement } = event.detail.ctx;
  // What comes by itself: the stream of the hosting's page, or what again.js asks for.
  const isStream = ['panel', 'section'].includes(sourceElement.id);
  if (response.status < 400 || (hx.retarget && !isStream)) return;
  event.preventDefault();
  if (response.status === 401) return leave();
  if (isStream) return sayLost();
  trouble().replaceChildren(document.getElementById('no-answer').content.cloneNode(true));
  leadTo(trouble());
});

document.addEventListener('htmx:sse:error', (event) => {
  if (event.detail.status === 401) leave();
  else sayLost();
});
document.addEventListener('htmx:sse:after:connection', () => (lost().textContent = ''));
document.addEventListener('over', leave);

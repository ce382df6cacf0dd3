// A section that is asked for again every few seconds (operator/layout.liquid): only while somebody looks, and as long as it
// is there for them.
/* global htmx, lost, sayLost */
const isSection = (event) => event.detail.ctx?.sourceElement?.id === 'section';

document.addEventListener('htmx:before:request', (event) => {
  if (isSection(event) && document.hidden) event.preventDefault();
});
document.addEventListener('visibilitychange', () => {
  const section = document.getElementById('section');
  if (section && !document.hidden) htmx.trigger(section, 'again');
});

document.addEventListener('htmx:before:swap', (event) => {
  if (!isSection(event)) return;
  const { status } = event.detail.ctx.response;
  // Whoever looks may no longer, or what they look at is gone: the page itself says so.
  if ([403, 404].includes(status)) location.reload();
});
document.addEventListener('htmx:after:swap', (event) => {
  if (isSection(event)) lost().textContent = '';
});
document.addEventListener('htmx:error', (event) => {
  if (isSection(event)) sayLost();
});

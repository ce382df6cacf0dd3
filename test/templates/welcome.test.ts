import test from 'ava';
import { renderWelcome } from '../../templates/welcome.ts';

test('the page names its owner and the machine', (t) => {
  const page = renderWelcome({ username: '길동', vmId: 'vm-00000007' });
  t.is(page.match(/길동/g)?.length, 3);
  t.true(page.includes('<code>vm-00000007</code>'));
});

for (const [username, escaped] of [
  ['<script>alert(1)</script>', '&lt;script&gt;alert(1)&lt;/script&gt;'],
  ['</title><img src=x onerror=alert(1)>', '&lt;/title&gt;&lt;img src=x onerror=alert(1)&gt;'],
  [`"quoted" & 'quoted'`, '&#34;quoted&#34; &amp; &#39;quoted&#39;'],
  ['{{ vmId }}', '{{ vmId }}'],
] as const) {
  test(`a user called ${username} is text on the page`, (t) => {
    const page = renderWelcome({ username, vmId: 'vm-00000007' });
    const plain = renderWelcome({ username: 'plain', vmId: 'vm-00000007' });
    t.is(
      page,
      plain.replaceAll('plain', () => escaped),
    );
  });
}

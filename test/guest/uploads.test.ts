// How much the guest's own web server takes, and what it says of more.
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { GuestRoot } from '../support/guest/guest-root.ts';
import { run } from '../support/run.ts';

/** As README says. */
const limit = 100 * 1_024 * 1_024;
const namespace = `whu${process.pid}`;
/** An application behind nginx, as guides set it up: it is told what came. */
const application = `
server { listen 8080; location / { proxy_pass http://127.0.0.1:8081; } }
server { listen 8081; client_max_body_size 0; location / { return 200 $http_content_length; } }
`;
let guest: GuestRoot;
let directory: string;

test.before(async (t) => {
  t.timeout(600_000);
  directory = mkdtempSync(join(tmpdir(), 'webhoster-uploads-'));
  await run('ip', ['netns', 'add', namespace]);
  await run('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
  guest = await GuestRoot.make({ networkNamespace: namespace });
  await guest.root(`cat >/etc/nginx/conf.d/application.conf <<'END'\n${application}\nEND\nnginx`);
});
test.after.always(async () => {
  await (guest as GuestRoot | undefined)?.remove();
  await run('ip', ['netns', 'del', namespace], { reject: false });
  rmSync(directory, { recursive: true, force: true });
});

async function upload(port: number, size: number) {
  const [file, answer] = [join(directory, `${size}`), join(directory, `answer-${port}-${size}`)];
  writeFileSync(file, '');
  truncateSync(file, size);
  const shown = ['--write-out', '%{http_code} %{content_type}', '--output', answer];
  const curl = ['curl', '--silent', ...shown, '--max-time', '60', '--upload-file', file, `http://127.0.0.1:${port}/up`];
  const { stdout } = await run('ip', ['netns', 'exec', namespace, ...curl]);
  return { told: stdout, text: readFileSync(answer, 'utf8') };
}

test.serial('100 MB reach an application behind it, and not a byte more', async (t) => {
  t.timeout(120_000);
  const taken = await upload(8080, limit);
  t.true(taken.told.startsWith('200 '), taken.told);
  t.is(taken.text, String(limit));
  const refused = await upload(8080, limit + 1);
  t.true(refused.told.startsWith('413 '), refused.told);
});

test.serial('the page of a refusal names the limit, and the file that has it', async (t) => {
  const { told, text } = await upload(80, limit + 1);
  t.is(told, '413 text/html; charset=utf-8');
  t.regex(text, /100 MB까지/);
  t.regex(text, /up to 100 MB/);
  const [file = ''] = /\/etc\/nginx\/[\w./-]+\.conf/.exec(text) ?? [];
  t.is(await guest.root(`grep -c '^client_max_body_size 100m;' ${file}`), '1\n');
});

test.serial('who follows that page has another limit', async (t) => {
  await guest.root(`
    sed -i 's/^client_max_body_size .*/client_max_body_size 1m;/' /etc/nginx/conf.d/webhoster.conf
    nginx -s reload`);
  let told = '';
  for (const deadline = Date.now() + 20_000; !told.startsWith('413') && Date.now() < deadline;)
    ({ told } = await upload(80, 2 * 1_024 * 1_024));
  t.is(told, '413 text/html; charset=utf-8');
});

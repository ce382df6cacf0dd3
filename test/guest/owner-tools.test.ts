// What an owner expects of a machine at the first log-in, and of what they install later.
import test from 'ava';
import { GuestRoot } from '../support/guest/guest-root.ts';

let guest: GuestRoot;
test.before(async (t) => {
  t.timeout(600_000);
  guest = await GuestRoot.make();
});
test.after.always(() => (guest as GuestRoot | undefined)?.remove());

test('tools that guides take for granted are there', async (t) => {
  for (const tool of ['rsync --version', 'git --version', 'wget --version', 'unzip -v', 'nano --version'])
    t.regex(await guest.root(`${tool} | sed -n 1p`), /\d/, tool);
  t.is(
    await guest.root('echo "0 4 * * * true" | sudo -u ubuntu crontab - && crontab -u ubuntu -l'),
    '0 4 * * * true\n',
  );
});

test('Korean and English locales are there, and others are made; Perl has nothing to say of them', async (t) => {
  const locale = async (name: string, script: string) => guest.root(`export LC_ALL=${name}; { ${script}; } 2>&1`);
  t.is(await locale('ko_KR.UTF-8', 'date -d 2026-11-29 +%A && perl -e "print 1"'), '일요일\n1');
  t.is(await locale('en_US.UTF-8', 'date -d 2026-11-29 +%A && perl -e "print 1"'), 'Sunday\n1');
  t.regex(await locale('de_DE.UTF-8', 'perl -e "print 1"'), /Setting locale failed/);
  await guest.root('echo "de_DE.UTF-8 UTF-8" >>/etc/locale.gen && locale-gen');
  t.is(await locale('de_DE.UTF-8', 'date -d 2026-11-29 +%A && perl -e "print 1"'), 'Sonntag\n1');
});

test('a package that is installed later brings its documentation and translations', async (t) => {
  const files = ['man/man1/later.1.gz', 'doc/later/README', 'locale/ko/LC_MESSAGES/later.mo'];
  await guest.root(`
    mkdir -p /srv/later/DEBIAN && cd /srv/later
    printf 'Package: later\\nVersion: 1\\nArchitecture: all\\nMaintainer: Nobody <nobody@example.com>\\nDescription: Test\\n' >DEBIAN/control
    for file in ${files.join(' ')}; do install -D /dev/null usr/share/$file; done
    dpkg-deb --build . /srv/later.deb && dpkg --install /srv/later.deb`);
  t.is(await guest.root(`cd /usr/share && ls ${files.join(' ')}`), `${files.toSorted().join('\n')}\n`);
});

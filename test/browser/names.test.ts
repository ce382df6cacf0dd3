// The check of a site name while it is typed.
import test from 'ava';
import { openPage, startInterface, type TestInterface } from '../support/browser/interface.ts';

let site: TestInterface;

test.before(async (t) => {
  t.timeout(180_000);
  site = await startInterface(1);
});
test.after.always(() => site.stop());

test.serial('whether a name may be had is said once its typing pauses, and a late answer not at all', async (t) => {
  t.timeout(60_000);
  const { page, context, faults } = await openPage(site, { width: 375, language: 'ko' });
  await page.goto(`${site.url}/signup`);
  let asked = 0;
  await page.route('**/site-name?*', async (route) => {
    asked += 1;
    // The first answer comes after the second.
    if (route.request().url().endsWith('name=admin')) await new Promise((resolve) => setTimeout(resolve, 2_000));
    await route.continue().catch(() => undefined);
  });
  const told = page.locator('#site_name-check');
  await page.locator('#site_name').pressSequentially('admin', { delay: 30 });
  await page.waitForTimeout(700);
  t.is(asked, 1, 'not with each letter');
  await page.locator('#site_name').fill('nobodys-yet');
  await told.getByText('쓸 수 있는 이름입니다: nobodys-yet').waitFor();
  await page.waitForTimeout(2_000);
  t.regex(await told.innerText(), /nobodys-yet/);
  await page.locator('#site_name').fill('홍길동');
  await told.getByText('쓸 수 있는 이름입니다: 홍길동').waitFor();
  await page.locator('#site_name').fill('root');
  await told.getByText('서비스가 쓰는 이름').waitFor();
  await page.locator('#site_name').fill('');
  t.is(await told.innerText(), '');
  t.deepEqual(faults, []);
  await context.close();
});

// What a bug of ours shows, which is nothing, and what the operator finds of it, which is all but secrets.
import test from 'ava';
import { startApi, type TestApi } from '../support/api/api.ts';
import { call } from '../support/api/calls.ts';

const address = '192.0.2.11';
const account = { email: 'unlucky@example.com', username: 'unlucky', password: 'typed in good faith' };
let api: TestApi;

test.before(async () => {
  api = await startApi();
  // A statement that the database refuses for a reason that nobody thought of. What it says has the values of the row.
  await api.stores.database.query(`ALTER TABLE users ADD CONSTRAINT planted CHECK (username <> 'unlucky')`);
});
test.after.always(() => api.stop());

for (const [language, sentence] of [
  ['en', 'This is a fault of the server. Tell the operator the request id.'],
  ['ko', '서버 오류입니다. 요청 번호와 함께 운영자에게 알려 주세요.'],
] as const) {
  test.serial(`a bug answers 500 with the request's id and nothing else (${language})`, async (t) => {
    const headers = { 'Accept-Language': language, 'X-Real-IP': address };
    const answer = await call(api, 'POST', '/auth/register', { json: account, headers });
    const request_id = answer.headers.get('X-Request-Id');
    t.is(answer.status, 500);
    t.deepEqual(answer.body, {
      success: false,
      message: sentence,
      error: { code: 'INTERNAL', details: { request_id } },
    });
    const told = JSON.stringify([...answer.headers]);
    for (const inside of ['planted', 'users', 'sequelize', 'node_modules', 'Error', 'unlucky'])
      t.false(told.includes(inside), inside);
  });
}

test.serial('the log has the error with its stack, by the id that was told, and no value of the row', async (t) => {
  const before = api.log().length;
  const answer = await call(api, 'POST', '/auth/register', { json: account, headers: { 'X-Real-IP': address } });
  const request = answer.headers.get('X-Request-Id');
  const text = api.log().slice(before);
  const [failed, answered] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { err: Record<string, string> });
  t.like(failed, { level: 50, msg: 'request failed', request });
  t.is(failed?.err['type'], 'DatabaseError');
  t.regex(failed?.err['message'] ?? '', /violates check constraint "planted"/);
  t.regex(failed?.err['stack'] ?? '', /api\/accounts\/account\.ts:\d+/);
  t.like(answered, { level: 30, msg: 'answered', request, address, status: 500, code: 'INTERNAL' });
  for (const value of [...Object.values(account), '$2b$', '$2a$']) t.false(text.includes(value), value);
});

import type { Sentences } from './language.ts';

/** What stands around Swagger UI. */
export const docs = {
  intro: {
    ko: '화면에서 하는 모든 일을 프로그램으로도 할 수 있습니다. 아래에서 호출을 바로 실행해 볼 수 있고, 실행하면 내 계정과 호스팅에 실제로 적용됩니다.',
    en: 'Whatever the pages do, a program can do too. You can make each call right here; it is a real one, and does what it says to your own account and hosting.',
  },
  logIn: {
    ko: '로그인: Authorize를 누르고 username에 이메일, password에 비밀번호를 입력합니다. client_id와 client_secret은 비워 둡니다. 다른 화면에서 한 로그인은 여기에 적용되지 않습니다.',
    en: 'Log in: press Authorize, and give your email as username, and your password. Leave client_id and client_secret empty. That you are logged in on the other pages does not count here.',
  },
  call: {
    ko: '호출: 하나를 펼쳐 Try it out을 누르고, 빈칸을 채운 뒤 Execute를 누릅니다. 필수가 아닌 것은 지워도 됩니다.',
    en: 'Call: open one, press Try it out, fill in what it needs, and press Execute. What is not required may be left out.',
  },
  inEnglish: {
    ko: '호출의 자세한 설명은 영어로 되어 있습니다. 응답의 문장은 Accept-Language 헤더의 언어를 따릅니다.',
    en: 'Details of the calls are in English. Sentences in answers follow the header Accept-Language.',
  },
  document: { ko: 'OpenAPI 문서 (JSON)', en: 'OpenAPI document (JSON)' },
  noScript: {
    ko: '여기서 호출을 실행해 보려면 JavaScript가 필요합니다. OpenAPI 문서는 JavaScript 없이도 열립니다.',
    en: 'Making calls here takes JavaScript. The OpenAPI document opens without it.',
  },
} satisfies Sentences;

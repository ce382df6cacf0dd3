import type { Sentences } from './language.ts';

export const start = {
  title: { ko: '1분 만에 여는 내 웹사이트', en: 'Your website in a minute' },
  heading: { ko: '버튼 하나로 여는\n내 웹사이트', en: 'Your own website,\nat one push of a button' },
  sentence: {
    ko: '나만 쓰는 서버가 1분 안에 만들어지고, 그 위에서 내 웹사이트가 바로 열립니다.',
    en: 'Within a minute you get a server that is yours alone, with your website already on it.',
  },
  picture: {
    ko: '그림: 브라우저에 열린 웹사이트가 여러 서버 가운데 나만의 서버 한 대로 이어져 있습니다.',
    en: 'Picture: a website in a browser, connected to one server of its own among several.',
  },
  begin: { ko: '계정 만들기', en: 'Create an account' },
  have: { ko: '이미 계정이 있다면', en: 'Already have an account?' },
} satisfies Sentences;

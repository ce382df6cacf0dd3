import type { Sentences } from './language.ts';

export const account = {
  signUpTitle: { ko: '회원가입', en: 'Sign up' },
  signUpIntro: { ko: '계정을 만들면 바로 호스팅을 시작할 수 있습니다.', en: 'With an account you can begin at once.' },
  logInTitle: { ko: '로그인', en: 'Log in' },
  email: { ko: '이메일', en: 'Email' },
  username: { ko: '이름', en: 'Name' },
  usernameHint: {
    ko: '새로 만드는 웹사이트의 첫 화면에 표시됩니다. 다른 사람과 같아도 되고 나중에 바꿀 수 있습니다. 40자까지.',
    en: 'It is shown on the first page of a new website. Others may be called the same, and you can change it later. Up to 40 characters.',
  },
  siteName: { ko: '사이트 이름', en: 'Site name' },
  siteNameOptional: { ko: '사이트 이름 (선택)', en: 'Site name (optional)' },
  siteNameHint: {
    ko: '내 사이트를 다른 사이트와 구별하는, 나만 쓰는 이름입니다. 한글, 영어 소문자, 숫자, 대시로 3~32자, 한글이 들어가면 2~16자. 비워 두면 만들어 드립니다.',
    en: 'It tells your site from all others, and only you have it. 3 to 32 lower-case letters, digits and dashes, or 2 to 16 with Hangul. Leave it empty, and we make one.',
  },
  siteNameChange: {
    ko: '내 사이트를 다른 사이트와 구별하는, 나만 쓰는 이름입니다. 한글, 영어 소문자, 숫자, 대시로 3~32자, 한글이 들어가면 2~16자. 바꾸면 이전 이름은 90일 동안 다른 사람이 쓸 수 없습니다.',
    en: 'It tells your site from all others, and only you have it. 3 to 32 lower-case letters, digits and dashes, or 2 to 16 with Hangul. When you change it, nobody else gets the old one for 90 days.',
  },
  siteName_free: { ko: '쓸 수 있는 이름입니다: {name}', en: 'You can have it: {name}' },
  siteName_taken: {
    ko: '다른 사람이 쓰고 있거나 최근까지 쓴 이름, 또는 그런 이름과 비슷해 보이는 이름입니다.',
    en: 'Somebody else has this name or had it until lately, or it looks like such a name.',
  },
  siteName_reserved: {
    ko: '서비스가 쓰는 이름이거나 그렇게 보이는 이름입니다.',
    en: 'This name is the service’s own, or looks as if it were.',
  },
  siteName_invalid: {
    ko: '한글, 영어 소문자, 숫자, 대시로 3~32자, 한글이 들어가면 2~16자여야 합니다. 글자가 하나는 있어야 하고, 대시는 글자나 숫자 사이에 하나씩만 쓸 수 있습니다.',
    en: 'Use 3 to 32 lower-case letters, digits and dashes, or 2 to 16 with Hangul; at least one letter, and single dashes between others only.',
  },
  siteNameBack: { ko: '내가 쓰던 이름이라면 다시 쓸 수 있습니다.', en: 'If it was yours, you can have it back.' },
  siteName_mine: { ko: '지금 쓰고 있는 이름입니다.', en: 'This is your name now.' },
  siteNameSuggestion: { ko: '이 이름은 쓸 수 있습니다: {name}', en: 'This one is free: {name}' },
  namesTitle: { ko: '이름 변경', en: 'Change your names' },
  changeNames: { ko: '이름 변경', en: 'Save names' },
  namesChanged: { ko: '이름을 바꿨습니다.', en: 'Your names are changed.' },
  password: { ko: '비밀번호', en: 'Password' },
  passwordHint: {
    ko: '8자 이상. 흔히 쓰는 비밀번호는 쓸 수 없습니다.',
    en: 'At least 8 characters, and not a common one.',
  },
  stay: { ko: '이 기기에서 로그인 유지', en: 'Stay logged in on this device' },
  stayHint: {
    ko: '여럿이 쓰는 컴퓨터에서는 선택하지 마세요. 그러면 브라우저를 닫을 때 로그아웃되고, 닫지 않아도 {time} 뒤에는 로그아웃됩니다.',
    en: 'Leave it empty on a computer that others use too: then you are logged out when you close the browser, and after {time} in any case.',
  },
  haveAccount: { ko: '이미 계정이 있나요?', en: 'Already have an account?' },
  noAccount: { ko: '아직 계정이 없나요?', en: 'No account yet?' },
  operatorSays: { ko: '운영자가 밝힌 이유:', en: 'The reason that they gave:' },
  title: { ko: '계정', en: 'Account' },
  since: { ko: '가입일', en: 'Member since' },
  passwordTitle: { ko: '비밀번호 변경', en: 'Change password' },
  passwordIntro: {
    ko: '바꾸면 다른 기기에서는 모두 로그아웃됩니다.',
    en: 'You will be logged out on all your other devices.',
  },
  currentPassword: { ko: '현재 비밀번호', en: 'Current password' },
  newPassword: { ko: '새 비밀번호', en: 'New password' },
  changePassword: { ko: '비밀번호 변경', en: 'Change password' },
  passwordChanged: {
    ko: '비밀번호를 바꿨습니다. 다른 기기에서는 모두 로그아웃되었습니다.',
    en: 'Your password is changed. You are logged out on all your other devices.',
  },
  everywhereTitle: { ko: '모든 기기에서 로그아웃', en: 'Log out everywhere' },
  everywhereIntro: {
    ko: '이 기기를 포함해 로그인된 모든 곳에서 로그아웃합니다. 호스팅은 그대로 켜져 있습니다.',
    en: 'Logs you out wherever you are logged in, on this device too. Your hosting goes on running.',
  },
  everywhere: { ko: '모든 기기에서 로그아웃', en: 'Log out everywhere' },
  loggedOut: { ko: '로그아웃했습니다.', en: 'You are logged out.' },
  everywhereDone: { ko: '모든 기기에서 로그아웃했습니다.', en: 'You are logged out everywhere.' },
  sessionOver: {
    ko: '로그인이 끝났습니다. 다시 로그인해 주세요.',
    en: 'You are no longer logged in. Please log in again.',
  },
  logInFirst: {
    ko: '그 화면을 보려면 먼저 로그인해 주세요.',
    en: 'Please log in to see that page.',
  },
  deletedTitle: { ko: '계정이 삭제되었습니다', en: 'Your account is deleted' },
  deleteTitle: { ko: '계정 삭제', en: 'Delete account' },
  deleteIntro: {
    ko: '계정과 호스팅, 올려 둔 파일이 모두 지워지며 되돌릴 수 없습니다.',
    en: 'Your account, your hosting and all files on it will be gone. This cannot be undone.',
  },
  deleteOperator: {
    ko: '운영자 계정입니다. 운영자가 한 명뿐이라면 먼저 다른 사용자를 운영자로 지정해 주세요.',
    en: 'You are an operator. If you are the only one, make another user an operator first.',
  },
  deletePassword: { ko: '확인을 위해 비밀번호를 입력해 주세요', en: 'Enter your password to confirm' },
  deleteAccount: { ko: '계정 영구 삭제', en: 'Delete my account for good' },
  deleted: {
    ko: '이제 이 계정으로는 로그인할 수 없습니다. 이용해 주셔서 고맙습니다.',
    en: 'Nobody can log in to it any more. Thank you for having been here.',
  },
  deletedHostingFollows: {
    ko: '호스팅도 지금 지우고 있습니다. 이용해 주셔서 고맙습니다.',
    en: 'Its hosting is being removed now. Thank you for having been here.',
  },
} satisfies Sentences;

import type { Sentences } from './language.ts';

export const hosting = {
  title: { ko: '내 호스팅', en: 'My hosting' },
  emptyTitle: { ko: '내 웹사이트를 열어 볼까요?', en: 'Ready for your own website?' },
  emptyIntro: {
    ko: '버튼을 누르면 나만 쓰는 서버가 만들어지고, 1분 안에 웹사이트가 열립니다.',
    en: 'Press the button: you get a server of your own, and within a minute your website is on it.',
  },
  create: { ko: '내 호스팅 만들기', en: 'Create my hosting' },
  haveKey: { ko: 'SSH 키가 있다면 (선택)', en: 'I have an SSH key (optional)' },
  haveKeyHint: {
    ko: '공개 키를 넣으면 비밀번호 없이 그 키로만 접속합니다. 비워 두면 비밀번호를 만들어 드립니다. 키는 나중에도 추가할 수 있습니다.',
    en: 'With a public key, that key alone opens your server. Leave it empty to get a password; keys can be added later too.',
  },
  publicKey: { ko: '공개 키', en: 'Public key' },
  publicKeyHint: {
    ko: '내 컴퓨터의 ~/.ssh/id_ed25519.pub 파일에 있는 한 줄입니다 (Windows: C:\\Users\\내 이름\\.ssh\\id_ed25519.pub). 파일이 없으면 터미널에서 ssh-keygen -t ed25519를 실행해 만드세요. .pub이 없는 파일은 비밀 키이니 아무 데도 올리지 마세요.',
    en: 'The one line of the file ~/.ssh/id_ed25519.pub on your computer (Windows: C:\\Users\\your name\\.ssh\\id_ed25519.pub). No such file? Run ssh-keygen -t ed25519 in a terminal to make it. The file without .pub is your private key: never give that to anybody.',
  },

  secretTitle: { ko: '서버에 접속할 비밀번호', en: 'The password of your server' },
  secretWarning: {
    ko: '안전한 곳에 적어 두세요. 적어 두었다고 누를 때까지 이 브라우저에서만 보이고, 운영자도 알려 드릴 수 없습니다.',
    en: 'Save it somewhere safe. Until you say that you have, this browser alone shows it; not even the operator can.',
  },
  secretHint: {
    ko: '잃어버려도 괜찮습니다. 아래에서 새 비밀번호를 받거나 SSH 키를 추가할 수 있습니다.',
    en: 'Lost it? Below you get a new one, or add an SSH key.',
  },
  secretKept: { ko: '적어 두었습니다', en: 'I have saved it' },
  passwordLabel: { ko: '사용자 ubuntu의 비밀번호', en: 'Password of the user ubuntu' },

  passwordTitle: { ko: '비밀번호', en: 'Password' },
  passwordThere: {
    ko: '받은 비밀번호로 접속합니다. 잃어버렸다면 새로 받을 수 있습니다.',
    en: 'The one that you were shown gets you in. If you lost it, get a new one.',
  },
  passwordNone: { ko: '이 서버에는 SSH 키로만 접속합니다.', en: 'Only SSH keys open this server.' },
  renewPassword: { ko: '새 비밀번호 받기', en: 'Get a new password' },
  renewHint: {
    ko: '지금까지 쓰던 비밀번호로는 접속할 수 없게 됩니다. SSH 키는 그대로 쓸 수 있습니다.',
    en: 'The one that you have now will not get you in any more. SSH keys go on to work.',
  },
  renewFirst: {
    ko: '키와 함께 비밀번호로도 접속할 수 있게 됩니다.',
    en: 'Beside your keys, a password will get you in too.',
  },
  renewNeedsRunning: { ko: '서버가 켜져 있을 때 받을 수 있습니다.', en: 'This needs your server to be on.' },
  onlyWayIn: {
    ko: '하나뿐인 키이고 비밀번호도 없습니다. 삭제하면 아무도 서버에 접속할 수 없습니다. 먼저 다른 키를 추가하거나 새 비밀번호를 받아 주세요.',
    en: 'It is the only key, and there is no password: without it nobody gets into your server. Add another key or get a password first.',
  },

  status_creating: { ko: '만드는 중', en: 'Being created' },
  status_running: { ko: '켜짐', en: 'Running' },
  status_asleep: { ko: '쉬는 중', en: 'Asleep' },
  status_stopped: { ko: '꺼짐', en: 'Stopped' },
  status_updating: { ko: '변경하는 중', en: 'Changing' },
  status_deleting: { ko: '지우는 중', en: 'Being deleted' },
  status_failed: { ko: '문제가 있음', en: 'Needs attention' },
  status_suspended: { ko: '운영자가 정지함', en: 'Suspended' },
  state: { ko: '상태', en: 'State' },
  uptime: { ko: '켜진 지', en: 'Up for' },
  createdAt: { ko: '만든 날', en: 'Created' },

  siteTitle: { ko: '{name}님의 웹사이트', en: 'The website of {name}' },
  address: { ko: '웹사이트 주소', en: 'Address of the website' },
  addressEncoded: {
    ko: '한글 주소를 모르는 프로그램에서는 이렇게 씁니다. 같은 주소입니다.',
    en: 'For programs that know no addresses in Hangul; it is the same one:',
  },
  addressInAscii: { ko: '알파벳으로 쓴 주소', en: 'Address in plain letters' },
  addressHint: {
    ko: '다른 사람에게는 이 주소를 알려 주세요. 로그인이나 저장이 안 되는 보기 전용 주소도 있습니다:',
    en: 'This is the one to give to others. There is another to look at it only, without log-ins and storage:',
  },
  open: { ko: '열기', en: 'Open' },
  newWindow: { ko: '새 창', en: 'new window' },
  stage: { ko: '지금 하는 일', en: 'What goes on' },
  preview: { ko: '지금 보이는 모습', en: 'What visitors see' },
  previewTitle: { ko: '내 웹사이트 미리 보기', en: 'Preview of your website' },
  previewOff: { ko: '꺼져 있어 지금은 보이지 않습니다.', en: 'It is off, so nobody sees it right now.' },
  asleepSince: { ko: '쉬기 시작한 때:', en: 'Asleep since' },
  asleep_idle: {
    ko: '아무도 쓰지 않아 쉬고 있습니다. 누가 방문하거나 SSH로 접속하면 몇 초 안에 하던 그대로 깨어나므로, 따로 할 일은 없습니다.',
    en: 'Nobody used it. A visit or an SSH connection wakes it within seconds, and it goes on where it was: there is nothing that you need to do.',
  },
  asleep_saved: {
    ko: '운영자가 잠시 멈춰 두었습니다. 누가 방문하거나 SSH로 접속하면 몇 초 안에 하던 그대로 깨어납니다.',
    en: 'The operator has paused it. A visit or an SSH connection wakes it within seconds, and it goes on where it was.',
  },
  asleep_room: {
    ko: '한동안 아무도 쓰지 않아, 다른 웹사이트에 자리를 내주고 쉬고 있습니다. 누가 방문하거나 SSH로 접속하면 몇 초 안에 하던 그대로 깨어납니다.',
    en: 'Nobody had used it for a moment, and another website needed the room. A visit or an SSH connection wakes it within seconds, and it goes on where it was.',
  },
  wake: { ko: '지금 깨우기', en: 'Wake it now' },
  previewSuspended: {
    ko: '운영자가 정지해 지금은 보이지 않습니다. 파일은 그대로 있습니다.',
    en: 'The operator has suspended it, so nobody sees it right now. Your files are kept.',
  },

  connectTitle: { ko: '파일 올리기와 접속', en: 'Upload and log in' },
  program: { ko: 'FileZilla, WinSCP로 올리기', en: 'With FileZilla or WinSCP' },
  programHint: {
    ko: '아래 값으로 접속해 {folder} 폴더에 파일을 올리면 웹사이트가 바뀝니다.',
    en: 'Connect with these values and put your files into {folder}.',
  },
  protocol: { ko: '프로토콜', en: 'Protocol' },
  host: { ko: '호스트', en: 'Host' },
  port: { ko: '포트', en: 'Port' },
  user: { ko: '사용자', en: 'User' },
  folder: { ko: '폴더', en: 'Folder' },
  terminal: { ko: '터미널에서', en: 'In a terminal' },
  sshCommand: { ko: 'SSH 접속 명령', en: 'SSH command' },
  sftpCommand: { ko: 'SFTP 접속 명령', en: 'SFTP command' },

  powerTitle: { ko: '전원', en: 'Power' },
  powerHint: { ko: '꺼도 파일은 그대로 있습니다.', en: 'Your files stay when it is off.' },
  start: { ko: '켜기', en: 'Start' },
  stop: { ko: '끄기', en: 'Stop' },
  restart: { ko: '다시 시작', en: 'Restart' },

  sleepAuto: {
    ko: '아무도 쓰지 않으면 쉬고, 누가 방문하면 몇 초 안에 하던 그대로 깨어납니다. 정해진 시각에 할 일(예약 작업)이 있다면 항상 켜 두세요.',
    en: 'While nobody uses it, it sleeps; a visit wakes it within seconds, and it goes on where it was. If it has work to do at a time of day, keep it awake.',
  },
  sleepNever: { ko: '아무도 쓰지 않아도 항상 켜져 있습니다.', en: 'It stays awake, also while nobody uses it.' },
  keepAwake: { ko: '항상 켜 두기', en: 'Keep it awake' },
  letSleep: { ko: '쉬어도 됩니다', en: 'Let it sleep' },

  keysTitle: { ko: 'SSH 키', en: 'SSH keys' },
  keysEmpty: { ko: '아직 등록한 키가 없습니다.', en: 'No keys yet.' },
  keysHint: { ko: '등록한 키로 비밀번호 없이 접속합니다.', en: 'Each of these keys gets you in without a password.' },
  keyName: { ko: '이름 (선택)', en: 'Name (optional)' },
  keyNameHint: { ko: '예: 집 노트북', en: 'Like: laptop at home' },
  addKey: { ko: '키 추가', en: 'Add key' },
  addKeyTitle: { ko: '새 키 추가', en: 'Add a key' },
  removeKey: { ko: '삭제', en: 'Remove' },
  removeKeyNamed: { ko: '{name} 키 삭제', en: 'Remove the key {name}' },
  keyInstalled: { ko: '서버에 적용됨', en: 'On your server' },
  keyNow_pending: { ko: '적용하는 중', en: 'On its way' },
  keyNow_removing: { ko: '지우는 중', en: 'Being removed' },
  keyNext_pending: { ko: '다음에 켤 때 적용', en: 'Comes at the next start' },
  keyNext_removing: { ko: '다음에 켤 때 삭제', en: 'Goes at the next start' },
  keyStill_pending: { ko: '아직 서버에 없음', en: 'Not on your server yet' },
  keyStill_removing: { ko: '아직 서버에 있음', en: 'Still on your server' },
  keyAgainNamed: { ko: '{name} 키 다시 시도', en: 'Try again to add the key {name}' },

  activityTitle: { ko: '최근 작업', en: 'Recent activity' },

  deleteTitle: { ko: '호스팅 삭제', en: 'Delete the hosting' },
  deleteIntro: {
    ko: '서버와 올려 둔 파일이 모두 지워지며 되돌릴 수 없습니다.',
    en: 'Your server and all files on it will be gone. This cannot be undone.',
  },
  deleteConfirm: { ko: '확인을 위해 이 이름을 그대로 입력해 주세요: {name}', en: 'Type {name} to confirm' },
  delete: { ko: '호스팅 영구 삭제', en: 'Delete for good' },
  isDeleted: { ko: '호스팅을 지웠습니다. 남은 것은 없습니다.', en: 'Your hosting is deleted. Nothing is left of it.' },
  tryAgain: { ko: '다시 시도', en: 'Try again' },
  reload: { ko: '3초마다 새로 고칩니다.', en: 'This page reloads every 3 seconds.' },
  lost: { ko: '연결이 끊겨 다시 잇고 있습니다…', en: 'The connection was lost. Reconnecting…' },
} satisfies Sentences;

import type { Sentences } from './language.ts';

/** What operations are called while they go on, when they failed, and in lists; their steps; and why they fail. */
export const operations = {
  doing_create: { ko: '호스팅을 만들고 있습니다', en: 'Creating your hosting' },
  doing_delete: { ko: '호스팅을 지우고 있습니다', en: 'Deleting your hosting' },
  doing_start: { ko: '켜고 있습니다', en: 'Starting' },
  doing_stop: { ko: '끄고 있습니다', en: 'Stopping' },
  doing_restart: { ko: '다시 시작하고 있습니다', en: 'Restarting' },
  doing_keys: { ko: 'SSH 키를 적용하고 있습니다', en: 'Updating your SSH keys' },
  doing_password: { ko: '새 비밀번호를 적용하고 있습니다', en: 'Setting your new password' },
  doing_suspend: { ko: '운영자가 정지하고 있습니다', en: 'Being suspended by the operator' },
  doing_route: { ko: '사이트 주소를 바꾸고 있습니다', en: 'Changing your site’s address' },
  doing_sleep: { ko: '쉬게 하고 있습니다', en: 'Putting it to sleep' },
  doing_wake: { ko: '깨우고 있습니다', en: 'Waking it' },
  doing_resume: { ko: '정지를 풀고 있습니다', en: 'Being resumed by the operator' },

  failed_create: { ko: '호스팅을 만들지 못했습니다', en: 'Your hosting could not be created' },
  failed_delete: { ko: '호스팅을 지우지 못했습니다', en: 'Your hosting could not be deleted' },
  failed_start: { ko: '켜지 못했습니다', en: 'It could not be started' },
  failed_stop: { ko: '끄지 못했습니다', en: 'It could not be stopped' },
  failed_restart: { ko: '다시 시작하지 못했습니다', en: 'It could not be restarted' },
  failed_keys: { ko: 'SSH 키를 적용하지 못했습니다', en: 'Your SSH keys could not be updated' },
  failed_password: { ko: '새 비밀번호를 적용하지 못했습니다', en: 'Your new password could not be set' },
  failed_suspend: { ko: '정지하지 못했습니다', en: 'It could not be suspended' },
  failed_route: { ko: '사이트 주소를 바꾸지 못했습니다', en: 'Your site’s address could not be changed' },
  failed_sleep: { ko: '쉬게 하지 못했습니다', en: 'It could not be put to sleep' },
  failed_wake: { ko: '깨우지 못했습니다', en: 'It could not be woken' },
  failed_resume: { ko: '정지를 풀지 못했습니다', en: 'It could not be resumed' },

  kind_create: { ko: '만들기', en: 'Create' },
  kind_delete: { ko: '삭제', en: 'Delete' },
  kind_start: { ko: '켜기', en: 'Start' },
  kind_stop: { ko: '끄기', en: 'Stop' },
  kind_restart: { ko: '다시 시작', en: 'Restart' },
  kind_keys: { ko: 'SSH 키 적용', en: 'Apply SSH keys' },
  kind_keys_add: { ko: 'SSH 키 추가', en: 'Add SSH key' },
  kind_keys_remove: { ko: 'SSH 키 삭제', en: 'Remove SSH key' },
  kind_password: { ko: '새 비밀번호', en: 'New password' },
  kind_suspend: { ko: '정지', en: 'Suspend' },
  kind_route: { ko: '사이트 주소 변경', en: 'Change address' },
  kind_sleep: { ko: '쉬기', en: 'Sleep' },
  kind_wake: { ko: '깨우기', en: 'Wake' },
  kind_resume: { ko: '정지 해제', en: 'Resume' },

  state_queued: { ko: '대기', en: 'Queued' },
  state_running: { ko: '진행 중', en: 'Running' },
  state_succeeded: { ko: '완료', en: 'Succeeded' },
  state_failed: { ko: '실패', en: 'Failed' },

  step_queued: { ko: '차례 기다리기', en: 'Waiting for its turn' },
  step_disk: { ko: '디스크 준비', en: 'Preparing the disk' },
  step_boot: { ko: '서버 켜기', en: 'Switching the server on' },
  step_route: { ko: '주소 연결', en: 'Connecting the address' },
  step_web: { ko: '웹페이지 확인', en: 'Checking the website' },
  step_ssh: { ko: 'SSH 접속 확인', en: 'Checking SSH' },
  step_remove: { ko: '모두 지우기', en: 'Removing everything' },
  step_shutdown: { ko: '서버 끄기', en: 'Shutting the server down' },
  step_save: { ko: '하던 일 저장', en: 'Saving what it was doing' },
  step_wake: { ko: '서버 깨우기', en: 'Waking the server' },
  step_answer: { ko: '응답 확인', en: 'Checking that it answers' },
  step_keys: { ko: '키 적용', en: 'Installing the keys' },
  step_password: { ko: '비밀번호 적용', en: 'Setting the password' },
  step_done: { ko: '완료', en: 'Done' },

  times: { ko: '{n}번', en: '{n} times' },

  stepDone: { ko: '끝남', en: 'done' },
  stepNow: { ko: '진행 중', en: 'under way' },
  stepWaiting: { ko: '대기', en: 'still to come' },
  stepFailed: { ko: '실패', en: 'failed' },

  elapsed: { ko: '경과 시간', en: 'Elapsed' },
  expected: { ko: '예상 시간', en: 'Expected' },
  about: { ko: '약 {time}', en: 'about {time}' },
  longer: {
    ko: '보통보다 오래 걸리고 있지만 계속 진행 중입니다.',
    en: 'This takes longer than usual, and still goes on.',
  },
  leave: {
    ko: '이 화면을 닫아도 계속 진행됩니다.',
    en: 'It goes on even if you close this page.',
  },
  now: { ko: '지금: {step}', en: 'Now: {step}' },
  ahead: {
    ko: '앞에 {count}개의 작업이 있습니다. 차례가 되면 시작합니다.',
    en: 'Waiting for its turn: {count} before it.',
  },
  before: { ko: '앞에 {count}개', en: '{count} before it' },
  isNext: { ko: '다음 차례입니다. 곧 시작합니다.', en: 'It is next, and begins in a moment.' },
  progress: { ko: '진행률', en: 'Progress' },

  failedStep: { ko: '멈춘 단계', en: 'Failed at' },
  why: { ko: '이유', en: 'Why' },
  cleanedUp: {
    ko: '만들던 것은 모두 정리했으므로, 바로 다시 시도해도 됩니다.',
    en: 'Everything that had been made was cleaned up, so you can try again at once.',
  },
  notCleanedUp: {
    ko: '정리하지 못한 것이 남아 있습니다. 다시 시도하면 먼저 정리합니다.',
    en: 'Something could not be cleaned up yet. When you try again, that is done first.',
  },
  passwordUncertain: {
    ko: '지금까지의 비밀번호와 새 비밀번호 가운데 어느 것이 맞는지 확실하지 않습니다. 새 비밀번호를 다시 받아 주세요.',
    en: 'It is not certain which password is good, the one of before or the new one. Please get another one.',
  },
  unchanged: { ko: '서버와 파일은 그대로 있습니다.', en: 'Your server and its files are still there.' },
  console: { ko: '서버 화면의 마지막 줄', en: 'Last lines on the server’s screen' },

  because_LIBVIRT_UNAVAILABLE: {
    ko: '서버를 관리하는 장치가 응답하지 않았습니다.',
    en: 'The machine that runs the servers did not answer.',
  },
  because_NODE_NOT_PREPARED: {
    ko: '서버를 만들 준비가 아직 끝나지 않았습니다. 운영자에게 알려 주세요.',
    en: 'The machine is not prepared for servers yet. Please tell the operator.',
  },
  because_BASE_IMAGE_MISSING: {
    ko: '서버의 바탕이 되는 이미지가 없습니다. 운영자에게 알려 주세요.',
    en: 'The image that servers are made from is missing. Please tell the operator.',
  },
  because_FIREWALL_DOWN: {
    ko: '안전장치(방화벽)를 확인할 수 없어 만들지 않았습니다. 운영자에게 알려 주세요.',
    en: 'The firewall could not be verified, so nothing was made. Please tell the operator.',
  },
  because_SSH_PORT_TAKEN: {
    ko: '서버에 나눠 줄 포트를 모두 다른 프로그램이 쓰고 있습니다. 운영자에게 알려 주세요.',
    en: 'Other programs have the ports that servers get. Please tell the operator.',
  },
  because_SITE_REFUSED: {
    ko: '웹사이트 주소를 연결하지 못했습니다.',
    en: 'The address of the website could not be connected.',
  },
  because_VM_NOT_READY: {
    ko: '서버가 제시간에 켜지지 않았습니다.',
    en: 'The server was not ready in time.',
  },
  because_DEPLOYMENT_FAILED: {
    ko: '서버를 만드는 도중 문제가 생겼습니다.',
    en: 'Something went wrong while the server was put together.',
  },
  because_AGENT_UNREACHABLE: {
    ko: '서버 안의 관리 프로그램이 응답하지 않았습니다. 서버를 다시 시작해 주세요.',
    en: 'The helper program on your server did not answer. Please restart the server.',
  },
  because_SLEEP_FAILED: {
    ko: '하던 일을 저장하지 못해 계속 켜져 있습니다.',
    en: 'What it was doing could not be saved, so it stays on.',
  },
  because_MEMORY_SHORT: {
    ko: '지금은 서버에 빈자리(메모리)가 없습니다. 잠시 후 다시 시도해 주세요.',
    en: 'There is no memory left for it right now. Please try again in a minute.',
  },
  because_DISK_SHORT: {
    ko: '서버의 디스크에 자리가 없습니다. 운영자에게 알려 주세요.',
    en: 'There is no room on the disk. Please tell the operator.',
  },
  because_INTERNAL: {
    ko: '우리 쪽에 문제가 생겼습니다. 다시 시도해 보고, 계속되면 운영자에게 알려 주세요.',
    en: 'Something went wrong on our side. Please try again; if it goes on, tell the operator.',
  },
  because_WORKER_LOST: {
    ko: '작업을 맡은 프로그램이 여러 번 멈췄습니다. 운영자에게 알려 주세요.',
    en: 'The program that did the work stopped several times. Please tell the operator.',
  },
} satisfies Sentences;

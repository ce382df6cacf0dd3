import type { Sentences } from './language.ts';

/** What an operator is told of a failure, by its code: what it means, and where to look. Others read `because_…` and `errors`. */
export const failures = {
  LIBVIRT_UNAVAILABLE: {
    ko: '이 서버의 libvirtd가 응답하지 않습니다. 꺼져 있으면 켜 주세요.',
    en: 'libvirtd on the node does not answer. Start it if it is not running.',
  },
  NODE_NOT_PREPARED: {
    ko: '머신을 만들 준비(풀, 네트워크, 이미지)가 되어 있지 않습니다. 설치 스크립트를 다시 실행해 주세요.',
    en: 'The node is not prepared: pool, network and images are missing. Run the installation again.',
  },
  BASE_IMAGE_MISSING: {
    ko: '머신의 바탕 이미지가 풀에 없습니다. 설치 스크립트를 다시 실행하면 다시 만듭니다.',
    en: 'The pool lacks the image that machines are made from. Running the installation again makes it.',
  },
  FIREWALL_DOWN: {
    ko: 'guard가 머신을 서로 떼어 놓는 방화벽 규칙을 보증하지 않아 머신을 만들거나 켜지 않습니다. guard의 로그를 확인해 주세요.',
    en: 'The guard does not vouch for the rules that keep machines apart, so none is made or started. See the guard’s log.',
  },
  SSH_PORT_TAKEN: {
    ko: '배정된 SSH 포트를 이 서버의 다른 프로그램이 쓰고 있습니다. 점검 스크립트가 어느 프로그램인지 알려 줍니다.',
    en: 'Another program on the node has the SSH port. The check tells which.',
  },
  SITE_REFUSED: {
    ko: 'nginx가 사이트 설정을 받아들이지 않았습니다. 탓한 파일은 다른 사이트의 것일 수도 있으니 작업자의 로그를 확인해 주세요.',
    en: 'nginx refused its configuration. The file that it blames may be another site’s: see the worker’s log.',
  },
  VM_NOT_READY: {
    ko: '머신이 꺼졌거나 제시간에 응답하지 않았습니다. 서버에 일이 너무 많을 때 흔합니다. 콘솔의 마지막 줄을 확인해 주세요.',
    en: 'The machine stopped, or did not answer in time, mostly because the node has too much to do. See its console.',
  },
  DEPLOYMENT_FAILED: {
    ko: 'Pulumi 또는 libvirt가 작업을 끝내지 못했습니다. 작업자의 로그에 그 까닭이 있습니다.',
    en: 'Pulumi or libvirt could not do it. The worker’s log has their words.',
  },
  AGENT_UNREACHABLE: {
    ko: '머신 안의 QEMU 게스트 에이전트가 응답하지 않습니다. 사용자가 머신을 다시 시작하면 대개 해결됩니다.',
    en: 'The QEMU guest agent in the machine does not answer. A restart by its user mostly helps.',
  },
  SLEEP_FAILED: {
    ko: '서버의 메모리를 디스크에 저장하지 못했습니다. /var/lib/libvirt/qemu/save에 자리가 있는지 확인하세요.',
    en: 'The memory of the machine could not be written to disk. See whether there is room in /var/lib/libvirt/qemu/save.',
  },
  MEMORY_SHORT: {
    ko: '이 서버에 머신 하나를 더 켤 메모리가 없고, 재울 수 있는 머신도 없습니다. 메모리를 늘리거나 MEMORY_RESERVE를 낮춰 주세요.',
    en: 'The node has no memory for one more machine, and none may be put to sleep. Add memory, or lower MEMORY_RESERVE.',
  },
  DISK_SHORT: {
    ko: '디스크가 가득 찰 수 있어 하지 않았습니다. 자리를 만들거나 DISK_RESERVE를 낮춰 주세요.',
    en: 'It could have filled the disk, so it was not done. Make room, or lower DISK_RESERVE.',
  },
  WORKER_LOST: {
    ko: '이 작업을 맡은 작업자가 거듭 죽었습니다. 작업자의 로그와, 커널이 메모리 부족으로 끝낸 것은 아닌지 확인해 주세요.',
    en: 'One worker after another died on it. See the workers’ log, and whether the kernel ran out of memory.',
  },
  INTERNAL: {
    ko: '프로그램의 오류입니다. 로그에 까닭이 있습니다: docker-compose logs --tail 100 api worker',
    en: 'This is a fault of the program. The log has more: docker-compose logs --tail 100 api worker',
  },
  PART_DOWN: {
    ko: '서비스의 일부가 응답하지 않습니다. /api/v1/health/detailed에서 어느 것인지 볼 수 있습니다.',
    en: 'A part of the service does not answer. /api/v1/health/detailed tells which.',
  },
  HOSTING_BUSY: {
    ko: '이 호스팅에 다른 작업이 진행 중입니다. 끝난 뒤 다시 해 주세요.',
    en: 'Another operation on this hosting is under way. Try again when it has ended.',
  },
} satisfies Sentences;

/** The command that shows more of each, on the node; `{vm}` is the machine. */
export const commands: Partial<Record<string, string>> = {
  LIBVIRT_UNAVAILABLE: './scripts/start-libvirt.sh',
  NODE_NOT_PREPARED: './scripts/docker-start.sh',
  BASE_IMAGE_MISSING: './scripts/docker-start.sh',
  FIREWALL_DOWN: 'docker-compose logs --tail 50 guard',
  SSH_PORT_TAKEN: './scripts/docker-start.sh --check',
  SITE_REFUSED: 'docker-compose logs --tail 100 worker',
  VM_NOT_READY: 'tail /var/lib/webhoster/vms/consoles/{vm}.log',
  DEPLOYMENT_FAILED: 'docker-compose logs --tail 100 worker',
  AGENT_UNREACHABLE: 'virsh domstate {vm}',
  SLEEP_FAILED: 'df -h /var/lib/libvirt/qemu/save',
  MEMORY_SHORT: 'free -m',
  DISK_SHORT: 'df -h /var/lib/webhoster /var/lib/libvirt/qemu/save',
  WORKER_LOST: 'docker-compose logs --tail 100 worker',
};

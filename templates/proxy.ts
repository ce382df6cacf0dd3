import { render } from './render.ts';

export interface ProxyVariables {
  /** Folder of these files. */
  configurationDirectory: string;
  /** Folder for the pid file, logs and temporary files. */
  runtimeDirectory: string;
  /** Folder that holds `http/` and `stream/`, one file for each site. */
  sitesDirectory: string;
  /** Unix user of the worker processes. */
  user: string;
  httpPort: number;
  /** Host and port of the api. */
  api: string;
  /** In a container the engine keeps what is printed, and sets the limits. */
  inContainer: boolean;
}

/** The proxy's own files, by path relative to its configuration folder. */
export function renderProxy(variables: ProxyVariables): Record<string, string> {
  return {
    'nginx.conf': render('proxy/nginx.conf', { ...variables, headersFile: 'headers.conf' }),
    'headers.conf': render('proxy/headers.conf', {}),
    'reload.sh': render('proxy/reload.sh', { ...variables }),
    'pages/missing.html': render('proxy/page.html', {
      title: '사이트가 없습니다',
      english: 'There is no site here',
      hint: '주소를 확인해 주세요.',
      englishHint: 'Check the address.',
    }),
    'pages/unreachable.html': render('proxy/page.html', {
      title: '사이트가 응답하지 않습니다',
      english: 'This site does not answer',
      hint: '켜지는 중이거나 꺼져 있습니다. 잠시 후 다시 열어 주세요.',
      englishHint: 'It is starting, or switched off. Try again in a moment.',
    }),
  };
}

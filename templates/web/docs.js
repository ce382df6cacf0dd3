// The page of the API: Swagger UI, in the visitor's colours, with a log-in that says in words why it was refused.
const place = document.getElementById('swagger-ui');
const dark = matchMedia('(prefers-color-scheme: dark)');
/** What the log-in answered last, when it was refused. Swagger UI would show its parts as they are. */
let refusal;

function followColours() {
  document.documentElement.classList.toggle('dark-mode', dark.matches);
}

/** Calls of the visitor's are left as they are. */
function isLogIn({ url, headers }) {
  return new URL(url, location.href).pathname === place.dataset.logIn && 'X-Requested-With' in headers;
}

function askInOwnLanguage(request) {
  const { lang } = document.documentElement;
  if (request.loadSpec) request.headers = { ...request.headers, 'Accept-Language': lang };
  else if (request.headers && isLogIn(request)) {
    request.headers['Accept-Language'] = lang;
    refusal = place.dataset.noAnswer;
  }
  return request;
}

function keepRefusal(response) {
  if (!response.ok) refusal = response.body?.message ?? refusal;
  return response;
}

/** The page has a title. */
const withoutTitle = () => ({ wrapComponents: { InfoContainer: () => () => null } });

const sayRefusal = () => ({
  statePlugins: {
    err: { wrapActions: { newAuthErr: (tell) => (error) => tell({ ...error, message: refusal ?? error.message }) } },
  },
});

/** What it calls `main` is a part of ours. */
function leaveOneMain() {
  place.querySelector('main')?.setAttribute('role', 'group');
}

followColours();
dark.addEventListener('change', followColours);
globalThis.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  onComplete: leaveOneMain,
  requestInterceptor: askInOwnLanguage,
  responseInterceptor: keepRefusal,
  plugins: [sayRefusal, withoutTitle],
});

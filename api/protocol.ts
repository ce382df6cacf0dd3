/** Where the calls of the API begin. */
export const apiPrefix = '/api/v1';

/** What is sent and answered. */
export const mediaTypes = {
  json: 'application/json',
  form: 'application/x-www-form-urlencoded',
  events: 'text/event-stream',
};

import { render } from './render.ts';

/** The page that a new site shows, naming its owner. */
export function renderWelcome(variables: { username: string; vmId: string }): string {
  return render('welcome.html', variables);
}

/** The request that was made last as a curl, which works as it is printed. */
import { byId } from './dom.ts';
import { shellQuoted } from './format.ts';
import { bearer } from './sign-in.ts';

/** @param path of the API @param body posted as JSON, a file as it is; without one it is a GET */
export function showCurl(path: string, body?: object): void {
  const url = shellQuoted(String(new URL(path, location.href.replace(/#.*/, ''))));
  const [type, sent] =
    body instanceof File
      ? [body.type, `--data-binary ${shellQuoted(`@${body.name}`)}`]
      : ['application/json', `-d ${shellQuoted(JSON.stringify(body) ?? '')}`];
  const data = body === undefined ? '' : ` -H ${shellQuoted(`content-type: ${type}`)} ${sent}`;
  // The token itself is nothing to leave on a screen.
  const token = 'authorization' in bearer() ? ' -H "authorization: Bearer $TOKEN"' : '';
  byId('curl', HTMLElement).textContent = `curl -s ${url}${data}${token}`;
}

export function startCurl(): void {
  const button = byId('copy-curl', HTMLElement);
  const command = byId('curl', HTMLElement);
  // A long one scrolls, by keys too.
  command.tabIndex = 0;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(command.textContent ?? '');
      button.textContent = 'Copied';
    } catch {
      // Not every browser lets a page write there; marked, it is one key away.
      getSelection()?.selectAllChildren(command);
      button.textContent = 'Marked: copy it';
    }
    setTimeout(() => {
      button.textContent = 'Copy';
    }, 2000);
  });
}
